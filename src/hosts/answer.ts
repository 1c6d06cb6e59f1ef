// Whether an answer is one: as many parts as were asked for, and numbers that are numbers. Pure.
import type { CertificateFact, FileStat, PrivateKeyFact, TrustFact } from '../model/actual.ts'
import { type CommandOutcome, type GatherAnswer, type GatherRequest, HostError } from '../model/host.ts'

/** Where the calendars of certificates, of logs and of people end (RFC 5280 §4.1.2.5). */
const lastMs = Date.parse('9999-12-31T23:59:59Z')
const firstMs = Date.parse('0001-01-01T00:00:00Z')

export function checkAnswer(request: GatherRequest, answer: GatherAnswer): GatherAnswer {
  for (const part of [
    'certificates',
    'privateKeys',
    'texts',
    'commands',
    'probes',
    'exchanges',
    'trusts',
  ] as const)
    if (answer[part].length !== request[part].length)
      throw new HostError(`it answers ${answer[part].length} of ${request[part].length} ${part}`, true)
  if (answer.machine !== undefined && !/^[0-9a-f]{32}$/.test(answer.machine))
    throw new HostError('what it gives as its identity is none', true)
  for (const { freeBytes } of answer.disks) requireNumber(freeBytes, 'free space', 0)
  return {
    ...answer,
    clockMs: requireNumber(answer.clockMs, 'clock', 0, lastMs),
    certificates: answer.certificates.map(withinCalendar),
    privateKeys: answer.privateKeys.map(withinCalendar),
    commands: answer.commands.map(checkOutcome),
    trusts: answer.trusts.map(checkTrust),
  }
}

export function checkOutcome(outcome: CommandOutcome): CommandOutcome {
  if (outcome.kind === 'exited') requireInteger(outcome.exitCode ?? Number.NaN, 'exit code', 255)
  return outcome
}

/** Names are compared as they are written: each is whole octets, in lower-case hex. */
function checkTrust(fact: TrustFact): TrustFact {
  if (fact.kind === 'indifferent' || (fact.kind === 'failed' && typeof fact.detail === 'string')) return fact
  if (fact.kind === 'named' && fact.names.every((name) => /^(?:[0-9a-f]{2})+$/.test(name))) return fact
  throw new HostError('what it gives as trust of a service is none', true)
}

function withinCalendar<T extends CertificateFact | PrivateKeyFact>(fact: T): T {
  return 'stat' in fact ? { ...fact, stat: checkStat(fact.stat) } : fact
}

/**
 * A disk may hold any time of modification, and one beyond every calendar is no mistake of the host's. It counts as the
 * calendar's end: the clock is then behind it, which stops that host and names the file.
 */
function checkStat(stat: FileStat): FileStat {
  const modifiedMs = requireNumber(stat.modifiedMs, 'time of modification', Number.NEGATIVE_INFINITY)
  requireInteger(stat.mode, 'mode', 0o7777)
  requireInteger(stat.size, 'size')
  requireInteger(stat.links, 'number of links')
  return { ...stat, modifiedMs: Math.min(lastMs, Math.max(firstMs, modifiedMs)) }
}

function requireInteger(value: number, what: string, last = Number.MAX_SAFE_INTEGER): number {
  if (Number.isInteger(value)) return requireNumber(value, what, 0, last)
  throw new HostError(`what it gives as ${what} is no number`, true)
}

function requireNumber(value: number, what: string, first: number, last = Number.MAX_VALUE): number {
  if (value >= first && value <= last) return value
  throw new HostError(
    `what it gives as ${what} is ${Number.isNaN(value) ? 'no number' : `out of all bounds (${value})`}`,
    true,
  )
}
