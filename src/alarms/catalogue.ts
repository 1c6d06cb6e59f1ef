// The words of alarms: a policy's own, or neutral ones. The cause that a human needs first comes first.
import type { AlarmState } from '../model/change.ts'
import type { AlarmWords } from '../model/desired.ts'
import type { RotationPhase } from '../model/difference.ts'
import type { RotationCondition } from './authorities.ts'

type AlarmTexts = Pick<AlarmState, 'reason' | 'repair'>

/**
 * A line a cause, then what the policy says is to be done. What a human has to mend comes before what merely follows from
 * it, and of either the longest last: whoever keeps only the beginning keeps as many causes as can be.
 */
export function describeCauses(
  { reason, repair }: AlarmWords,
  causes: readonly string[],
  consequences: readonly string[],
): AlarmTexts {
  const lines = new Set([causes, consequences].flatMap((each) => each.map(asLine).sort(byLength)))
  return { reason, repair: [...lines, repair].join('\n') }
}

function byLength(a: string, b: string): number {
  return a.length - b.length
}

interface ExpiringCertificate {
  readonly name: string
  readonly path: string
  /** ISO 8601. */
  readonly notAfter: string
}

/** The date, not the days left: a text that changes every day would be a new alarm every day. */
export function describeExpiring({ name, path, notAfter }: ExpiringCertificate): AlarmTexts {
  return {
    reason: asLine(`Certificate '${name}' (${path}) is expiring soon on ${notAfter.slice(0, 10)}.`),
    repair: 'Renew the certificate: look at what keeps certwright from doing it.',
  }
}

export function describeExpired({ name, path, notAfter }: ExpiringCertificate): AlarmTexts {
  return {
    reason: asLine(`Certificate '${name}' (${path}) expired on ${notAfter.slice(0, 10)}.`),
    repair: 'Renew the certificate: look at what keeps certwright from doing it.',
  }
}

const phases: Readonly<Record<RotationPhase, string>> = {
  prepare: 'the new one is made beside the old one',
  turn: 'it is turned back',
  trust: 'all come to trust both',
  sign: 'what it signs comes to be signed by the new one',
  distrust: 'all cease to trust the old one',
  finish: 'what is left over is taken away',
}

/** Which phase, what presses, what it waits for: whoever keeps only the beginning keeps what matters. */
export function describeRotation(name: string, rotation: RotationCondition): AlarmTexts {
  const { phase, since, isOverdue, endsAt, waits, isAutomatic } = rotation
  const isBegun = phase !== 'prepare'
  const begun = `Another is taking the place of authority '${name}'${since ? ` since ${since.slice(0, 10)}` : ''}`
  const parts = [
    isBegun
      ? `${begun}; phase ${phase}: ${phases[phase]}.`
      : `Authority '${name}' needs a successor, and none has been begun.`,
    ...(isOverdue ? ['It is overdue.'] : []),
    ...(endsAt ? [`The ${isBegun ? 'old' : 'present'} one ends on ${endsAt.slice(0, 10)}.`] : []),
    ...(waits.length > 0 ? [`It waits for ${waits.join('; ')}.`] : []),
  ]
  const command = `certwright rotate PLAYBOOK ${name}`
  const first = waits.length > 0 ? 'See to what it waits for, then run' : 'Run'
  const repair = isAutomatic
    ? `Every apply goes on with it by itself, as soon as it can; ${command} does so now.`
    : `${first} ${command} to ${isBegun ? 'go on with' : 'begin'} it.`
  return {
    reason: asLine(parts.join(' ')),
    repair: asLine(`${repair} certwright status says how far each host is.`),
  }
}

function asLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}
