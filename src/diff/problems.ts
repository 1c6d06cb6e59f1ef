import type { Actual, HostActual, Unreadable } from '../model/actual.ts'
import type { Problem } from '../model/change.ts'
import type { Desired, DesiredFile, DesiredPair, Placement } from '../model/desired.ts'
import { sourceOf } from './comparison.ts'
import { formatDate, formatSpan } from './time.ts'

/**
 * What stops a host: something is there that certwright must neither use nor replace before a human has looked.
 * Judged from the facts alone, so that every problem of every host is told at once.
 */
export function findProblems(desired: Desired, actual: Actual, at: Date): Problem[] {
  const problems: Problem[] = []
  for (const play of desired.plays) {
    for (const pair of play.pairs) {
      for (const placement of pair.placements) {
        const host = actual.hosts[placement.host]
        if (host?.kind !== 'observed') continue
        problems.push(...findFileProblems(placement, host), ...findClockProblems(pair, placement, host, at))
      }
    }
    for (const service of play.services) {
      const host = actual.hosts[service.host]
      const fact = host?.kind === 'observed' ? host.services[service.name] : undefined
      if (fact?.state !== 'unknown') continue
      problems.push({
        address: service.address,
        host: service.host,
        code: 'service-unknown',
        message: `cannot tell whether ${service.name} runs: ${fact.detail ?? 'no answer'}`,
        hint: 'make its manager answer on that host, or choose another manager in the policy',
        source: service.source,
      })
    }
  }
  return [...problems, ...findHostProblems(actual), ...findUnexpected(actual)]
}

/** A bug must not pass for a host that is away. */
function findUnexpected({ hosts }: Actual): Problem[] {
  return Object.values(hosts).flatMap((host) =>
    host.kind === 'unreachable' && host.why === 'unexpected'
      ? [
          {
            address: `${host.host}/answer`,
            host: host.host,
            code: 'unexpected',
            message: host.detail,
            hint: 'please report it, with what the message says; look at what else that host answers',
          },
        ]
      : [],
  )
}

const hints: Readonly<Record<Unreadable['problem'], string>> = {
  'permission-denied': 'run certwright as root, or as a user who may read it',
  directory: 'a file belongs there: move the directory away, or correct the path in the policy',
  fifo: 'a file belongs there: remove the FIFO, or correct the path in the policy',
  socket: 'a file belongs there: remove the socket, or correct the path in the policy',
  device: 'a file belongs there: remove the device, or correct the path in the policy',
  symlink: 'name the path that it points to in the policy, or remove the link',
  'outside-root': 'a folder on the way is a link that leads out of certwright_root: remove the link',
  'untrusted-folder':
    'somebody else may exchange what lies there: give the folder to root, or put the file where nobody else may write',
  'too-large': 'no certificate or key is larger than 1 MiB: look at what it is, then remove it',
  'not-a-key': 'put the right key back, or move it away to have a new one made',
  'passphrase-missing': 'name where the passphrase is: private_key: { passphrase: "file:…" }',
  'passphrase-wrong': 'the passphrase that the policy names does not open it',
  'io-error': 'look at the disk and the folders on the way',
}

function findFileProblems(placement: Placement, host: HostActual): Problem[] {
  return placementFiles(placement).flatMap(({ file, what }) => {
    const facts = what === 'certificate' ? host.certificates : host.privateKeys
    const fact = facts[file.path]
    if (fact?.kind !== 'unreadable') return []
    const { address, host: name } = placement
    const message = `${file.path} ${fact.detail}`
    const hint = hints[fact.problem]
    return [{ address, host: name, path: file.path, code: 'unreadable', message, hint, source: file.source }]
  })
}

/** All files of a placement, its copies included. */
export function placementFiles(
  placement: Placement,
): { file: DesiredFile; what: 'certificate' | 'private-key'; copy: boolean }[] {
  const files = [{ file: placement.certificate, what: 'certificate' as const, copy: false }]
  const keys = placement.privateKey
    ? [{ file: placement.privateKey, what: 'private-key' as const, copy: false }]
    : []
  const copies = placement.copies.flatMap(({ certificate, privateKey }) => [
    ...(certificate ? [{ file: certificate, what: 'certificate' as const, copy: true }] : []),
    ...(privateKey ? [{ file: privateKey, what: 'private-key' as const, copy: true }] : []),
  ])
  return [...files, ...keys, ...copies]
}

/** An authority from the future means a clock from the past: nothing is signed or replaced by such a clock. */
function findClockProblems(pair: DesiredPair, placement: Placement, host: HostActual, at: Date): Problem[] {
  const fact = host.certificates[placement.certificate.path]
  if (pair.kind !== 'authority' || fact?.kind !== 'certificate') return []
  const [certificate] = fact.certificates
  if (at.getTime() >= Date.parse(certificate.notBefore)) return []
  return [
    {
      address: placement.address,
      host: placement.host,
      path: placement.certificate.path,
      code: 'authority-not-yet-valid',
      message: `${placement.certificate.path} is valid from ${formatDate(certificate.notBefore)}, and it is ${formatDate(at)}`,
      hint: 'set the clock right (or --at); if the authority is wrong, move it away',
      source: sourceOf(pair, 'certificate'),
    },
  ]
}

/** Certificates are dated by the control node and judged by the host: the two have to agree on what time it is. */
const toleratedClockMs = 60_000

function findHostProblems(actual: Actual): Problem[] {
  return Object.values(actual.hosts).flatMap((host) => {
    if (host.kind !== 'observed') return []
    const { clockAheadMs } = host
    const clock = {
      address: `${host.host}/clock`,
      host: host.host,
      code: 'clock-differs',
      message: `its clock is ${formatSpan(Math.abs(clockAheadMs) / 1000)} ${clockAheadMs < 0 ? 'behind' : 'ahead of'} the control node's`,
      hint: 'set both clocks right (timedatectl, chronyc tracking) and plan again',
    }
    return [
      ...(Math.abs(clockAheadMs) > toleratedClockMs ? [clock] : []),
      ...findStuck(host),
      ...findRecordProblems(host),
    ]
  })
}

/** Half of a transaction stands there: what is in order may be so by chance. */
function findStuck({ host, stuck }: HostActual): Problem[] {
  if (stuck === undefined) return []
  return [
    {
      address: `${host}/transaction`,
      host,
      code: 'transaction-stuck',
      message: stuck,
      hint: 'look at what the message names; certwright recover tries again, and says what became of it',
    },
  ]
}

function findRecordProblems(host: HostActual): Problem[] {
  const unknown = host.unknownOwners.map((owner) => ({
    address: `${host.host}/${owner}`,
    host: host.host,
    code: 'unknown-owner',
    message: `the host knows no ${owner}`,
    hint: 'create it there, or name another owner in the policy',
  }))
  if (host.alarmsUnreadable === undefined) return unknown
  const record = {
    address: `${host.host}/alarm/record`,
    host: host.host,
    code: 'alarm-record-unreadable',
    message: `the record of standing alarms cannot be read: ${host.alarmsUnreadable}`,
    hint: 'move the file away after looking at it; alarms that still hold are raised again',
  }
  return [...unknown, record]
}
