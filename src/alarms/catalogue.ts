// The words of alarms: a policy's own, or neutral ones. The cause that a human needs first comes first.
import type { AlarmState } from '../model/change.ts'
import type { AlarmWords } from '../model/desired.ts'

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

function asLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}
