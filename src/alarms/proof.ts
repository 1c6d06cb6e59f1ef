// Why an alarm may go.
import type { StandingAlarm } from '../model/actual.ts'
import type { AlarmState } from '../model/change.ts'
import type { DesiredAlarms } from '../model/desired.ts'
import type { Condition } from './condition.ts'
import { aboutAuthority, aboutCertificate } from './name.ts'

/** What proves that an alarm may go that these policies no longer want; undefined: nothing does. */
export function findProof(
  rules: readonly DesiredAlarms[],
  wanted: readonly AlarmState[],
  condition: Condition,
  alarm: StandingAlarm,
): string | undefined {
  if (rules.every(({ raised }) => !raised)) return 'the policy wants no alarms'
  if (!condition.seen) return undefined
  const instead = wanted.find((each) => each.entity === alarm.entity && takesOver(rules, each))
  if (instead) return `${instead.id} stands in its place`
  const authority = aboutAuthority(alarm)
  if (authority !== undefined) return proveAuthority(condition, authority)
  const certificate = aboutCertificate(alarm)
  return certificate === undefined ? proveHost(condition) : proveCertificate(condition, certificate)
}

/** What has expired no longer expires soon; and whoever gave the alarm of a host another id wants one of them. */
function takesOver(rules: readonly DesiredAlarms[], { id }: AlarmState): boolean {
  return rules.some(({ renewal, expired, rotation }) =>
    [renewal, expired, rotation].some((rule) => rule.id === id),
  )
}

/** A renewal is not over while a host that shares in it does not have it. */
function proveHost({ proved, behind }: Condition): string | undefined {
  return proved && behind.length === 0 ? 'every certificate of the host is in order, and served' : undefined
}

function proveCertificate({ certificates, at }: Condition, name: string): string | undefined {
  const own = certificates.filter((each) => each.name === name)
  if (own.length === 0) return 'the policy no longer has this certificate'
  const isInOrder = own.every(
    ({ notAfter, proved }) => notAfter !== undefined && Date.parse(notAfter) >= at.getTime() && proved,
  )
  return isInOrder ? `valid until ${earliest(own)}, and in use wherever it is used` : undefined
}

/** A host that was not looked at may still trust the old one. */
function proveAuthority({ authorities }: Condition, name: string): string | undefined {
  const own = authorities.filter((each) => each.name === name)
  if (own.length === 0) return 'the policy no longer has this authority'
  const isOver = own.every(({ rotation, seen }) => !rotation && seen)
  return isOver ? 'every host trusts one and the same, and no other' : undefined
}

function earliest(certificates: Condition['certificates']): string {
  return certificates.map(({ notAfter = '' }) => notAfter.slice(0, 10)).sort()[0] ?? ''
}
