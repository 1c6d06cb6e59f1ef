import { type Action, actions, type Change } from '../model/change.ts'
import type { Plan } from '../model/plan.ts'
import { count } from './style.ts'

const certificateActions: ReadonlySet<Action> = new Set(['create', 'renew', 'replace', 'update', 'restore'])

/** One line of impact: certificates, restarts, alarms, hosts. */
export function summarisePlan(plan: Plan): string {
  const { changes, problems, unreachable, unchanged } = plan
  const verified = unchanged.filter(({ verify }) => verify !== undefined).length
  if (changes.length + problems.length + unreachable.length + verified === 0) {
    const certificates = unchanged.filter(({ kind }) => kind !== 'service')
    const hosts = new Set(certificates.map(({ host }) => host))
    return `Nothing to do: ${count(certificates.length, 'certificate')} in order on ${count(hosts.size, 'host')}.`
  }
  const held = unreachable.filter(({ why }) => why === 'held')
  const away = unreachable.length - held.length
  const number = (action: Action) => changes.filter((change) => change.action === action).length
  const certificates = actions
    .filter((action) => certificateActions.has(action) && number(action) > 0)
    .map((action) => `${number(action)} to ${action}`)
  const parts = [
    certificates.length > 0 ? certificates.join(', ') : 'no certificate',
    [
      number('restart') && count(number('restart'), 'restart'),
      number('reload') && count(number('reload'), 'reload'),
    ]
      .filter((part) => part)
      .join(', ') || 'no restart',
    [
      number('raise') && `${count(number('raise'), 'alarm')} raised`,
      number('clear') && `${count(number('clear'), 'alarm')} cleared`,
    ]
      .filter((part) => part)
      .join(', ') || 'no alarm',
    count(new Set(changes.map(({ host }) => host)).size, 'host'),
    verified > 0 && `${count(verified, 'service')} to verify`,
    problems.length > 0 && `${count(new Set(problems.map(({ host }) => host)).size, 'host')} with a problem`,
    held.length > 0 && `${held.length} held by another run`,
    away > 0 && `${away} unreachable`,
    plan.refused.length > 0 && `refused by guards: ${describeUndone(plan.refused)}`,
    plan.waiting.length > 0 && `waiting: ${describeUndone(plan.waiting)}`,
  ]
  return `Plan: ${parts.filter((part) => part).join(' · ')}`
}

function describeUndone(undone: readonly Change[]): string {
  const numbers = actions.map((action) => [action, undone.filter((each) => each.action === action).length])
  return numbers
    .filter(([, number]) => number !== 0)
    .map(([action, number]) => `${number} to ${action}`)
    .join(', ')
}
