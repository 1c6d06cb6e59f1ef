// Rotations → text: in a plan what has been reached, in a status where each host stands. Pure.
import { isNamed } from '../model/address.ts'
import type { RotationHost, RotationPhase, RotationPool, RotationWait } from '../model/difference.ts'
import type { AnchorState, PlannedRotation } from '../model/plan.ts'
import { stepsOf } from '../model/rotation-steps.ts'
import { alignColumns, type Paint, shortFingerprint } from './style.ts'

const meanings: Readonly<Record<RotationPhase, string>> = {
  prepare: 'the new one is made, beside the old one',
  turn: 'the new one and the old one exchange their places',
  trust: 'everything trusts both',
  sign: 'what it signs is signed by the new one',
  distrust: 'everything trusts the new one only',
  finish: 'what is left over is taken away',
}

/** What an operator reads before the changes: which way, how far, and what holds it up. */
export function formatRotation(rotation: PlannedRotation, paint: Paint): string[] {
  const { authority, method, why, phase, waits } = rotation
  const steps = stepsOf(rotation)
  const now = steps.indexOf(phase)
  return [
    `${paint('bold', `rotation of ${authority}`)}   ${method}: ${why}`,
    ...formatAnchors(rotation),
    ...steps.flatMap((step, index) => [
      formatStep(step, index - now, paint),
      ...(index === now ? formatRest(waits, paint) : []),
    ]),
    ...formatCourse(rotation, paint),
  ]
}

/** What the phase itself does is counted; what it waits for is told one by one. */
function formatRest(waits: readonly RotationWait[], paint: Paint): string[] {
  const count = (what: RotationWait['what'], one: string) => {
    const number = waits.filter((wait) => wait.what === what).length
    return number === 0 ? [] : [`${number} ${one}${number === 1 ? '' : 's'}`]
  }
  const left = [...count('file', 'trust file'), ...count('leaf', 'certificate')]
  return [
    ...(left.length > 0 ? [`      left: ${left.join(', ')}`] : []),
    ...waits.filter(isHolding).map((wait) => paint('yellow', `      waits for ${describeWait(wait)}`)),
  ]
}

function isHolding({ what }: RotationWait): boolean {
  return what !== 'file' && what !== 'leaf'
}

/** Done, now or to come: by a sign and by a word. */
function formatStep(step: RotationPhase, distance: number, paint: Paint): string {
  const text = (sign: string, state: string) =>
    `  ${sign} ${step.padEnd(9)} ${state.padEnd(8)} ${meanings[step]}`
  if (distance < 0) return paint('green', text('✓', 'done'))
  return distance === 0 ? paint('bold', text('▸', 'now')) : paint('dim', text(' ', 'to come'))
}

function formatAnchors({ other, wanted, signer }: PlannedRotation): string[] {
  const describe = (what: string, anchor: AnchorState | null, none: string) =>
    anchor === null
      ? [what, none]
      : [
          what,
          anchor.subject,
          shortFingerprint(anchor.fingerprint),
          `until ${anchor.notAfter.slice(0, 10)}`,
          anchor.fingerprint === signer?.fingerprint ? 'signs now' : '',
        ]
  const rows = [describe('old', other, 'has been taken away'), describe('→ new', wanted, 'is yet to be made')]
  return alignColumns(rows.map((row) => [...row, '', '', '', ''].slice(0, 5))).map((each) => `  ${each}`)
}

/** Whether the plan goes on with it, who does when it does not, and how long it has taken so far. */
function formatCourse(
  { authority, phase, advances, waits, since, isOverdue }: PlannedRotation,
  paint: Paint,
): string[] {
  const begun = since === null ? [] : [`  On its way since ${since.slice(0, 10)}.`]
  const late = isOverdue ? [paint('red', '  It is overdue.')] : []
  if (advances) return [`  This plan carries out: ${phase}.`, ...begun, ...late]
  const verb = phase === 'prepare' ? 'begin' : 'go on'
  const condition = waits.some(isHolding) ? ', once nothing is waited for' : ''
  return [
    '  This plan only keeps what has been reached.',
    `  To ${verb}${condition}: certwright rotate PLAYBOOK ${authority}`,
    ...begun,
    ...late,
  ]
}

export function describeWait({ host, service, message }: RotationWait): string {
  if (isNamed(host, message)) return message
  return `${service === undefined ? host : `${service} on ${host}`}: ${message}`
}

const headings = ['HOST', 'WHAT', 'TRUSTS', 'ON DISK', 'SERVED', 'WAITS FOR'] as const

/** A line for the file, each running service and each certificate of each host. */
export function formatRotationTable(rotation: PlannedRotation, paint: Paint): string[] {
  const { authority, method, phase, hosts, waits, isOverdue } = rotation
  const steps = stepsOf(rotation)
  const place = `${steps.indexOf(phase) + 1} of ${steps.length}`
  const elsewhere = waits.filter(({ host }) => !hosts.some((each) => each.host === host))
  const rows = [
    ...hosts.flatMap((host) => describeHost(host, waits)),
    ...elsewhere.map((wait) => [wait.host, wait.service ?? '', '', '', '', wait.message]),
  ]
  const [heading = '', ...lines] = alignColumns([headings, ...rows])
  const title = `rotation of ${authority}   ${method}, phase ${phase} (${place}): ${meanings[phase]}`
  return [
    `${paint('bold', title)}${isOverdue ? paint('red', '   overdue') : ''}`,
    paint('bold', heading),
    ...lines.map((line, index) => (rows[index]?.[5] === '' ? line : paint('yellow', line))),
  ]
}

function describeHost(
  { host, file, pools, leaves }: RotationHost,
  waits: readonly RotationWait[],
): string[][] {
  const own = waits.filter((wait) => wait.host === host)
  const messages = (some: readonly RotationWait[]) => some.map(({ message }) => message).join('; ')
  const ofHost = own.filter(({ service }) => !pools.some((pool) => pool.service === service))
  const names = [...new Set(leaves.map(({ name }) => name))]
  const signers = (name: string, where: 'disk' | 'served') =>
    leaves.filter((leaf) => leaf.name === name && leaf.where === where).map(({ signedBy }) => signedBy)
  return [
    [host, 'its file', file, '', '', messages(ofHost)],
    ...pools.map((pool) => {
      const text = messages(own.filter(({ service }) => service === pool.service))
      return [host, `service ${pool.service}`, describeTrust(pool), '', '', text]
    }),
    ...names.map((name) => {
      const [disk, served] = [signers(name, 'disk'), signers(name, 'served')]
      return [host, `certificate ${name}`, '', disk.join(', '), served.join(', '), '']
    }),
  ]
}

/** With how it is known: what a service says of itself, and what is concluded, are not worth the same. */
function describeTrust({ trusts, known }: RotationPool): string {
  return trusts === known ? trusts : `${trusts} (${known})`
}
