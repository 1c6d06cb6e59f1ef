import { findAbsent } from '../alarms/sharing.ts'
import type { CertificateFact, PrivateKeyFact } from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import {
  type Action,
  type Change,
  type PairState,
  type Reason,
  timeReasons,
  type Unchanged,
} from '../model/change.ts'
import type {
  FileDifference,
  PairDifference,
  PlacementDifference,
  ServiceDifference,
} from '../model/difference.ts'
import { formatName } from '../x509/name.ts'

/** What will be done, or why nothing has to be; nothing, where something has to and is held back: its problem says why. */
type Verdict = { readonly change: Change } | { readonly unchanged: Unchanged } | undefined

export function describePlacement(pair: PairDifference, placement: PlacementDifference): Verdict {
  const { address, host } = placement.placement
  const { kind, name } = pair.pair
  const written = placement.files.filter(({ write }) => write !== 'nothing')
  const base = { address, host, kind, name }
  const isOrigin = placement.placement === pair.origin?.placement
  const own = isOrigin || pair.pair.placements.length === 1
  const notes = own ? [...pair.notes, ...describeOwing(pair)] : []
  if (written.length === 0) {
    if (pair.withheld || placement.files.some(({ withheld }) => withheld)) return undefined
    return { unchanged: { ...base, why: explain(pair), notes } }
  }
  return {
    change: {
      ...base,
      action: chooseAction(pair, placement),
      reasons: [...issueReasons(pair, host), ...written.flatMap(({ reasons }) => reasons)],
      before: stateBefore(placement),
      after: stateAfter(pair, placement),
      paths: written.map(({ file }) => file.path),
      notes,
    },
  }
}

/** Hosts that are out of sight while the pair is made anew. */
function describeOwing(pair: PairDifference): string[] {
  const absent = pair.issue ? findAbsent(pair) : []
  return absent.length === 0 ? [] : [`owed until they can be reached: a copy on ${absent.join(', ')}`]
}

/** Told from another host's point of view, the reasons name the host that they are about. */
function issueReasons({ issue, origin }: PairDifference, host: string): Reason[] {
  const reasons = issue?.reasons ?? []
  if (!origin || origin.host === host) return [...reasons]
  return reasons.map((reason) => ({ ...reason, message: `on ${origin.host}: ${reason.message}` }))
}

function chooseAction({ pair, issue }: PairDifference, { files }: PlacementDifference): Action {
  const [main] = files
  if (goesAway(files)) return 'update'
  if (main?.fact.kind === 'absent') return 'create'
  if (issue) return issue.reasons.every(({ code }) => timeReasons.has(code)) ? 'renew' : 'replace'
  return pair.supplied && main?.write === 'content' ? 'replace' : 'update'
}

/** Nothing of it is to be there any more. */
function goesAway(files: readonly FileDifference[]): boolean {
  return files.some(({ write }) => write === 'removal') && files.every(isGone)
}

function isGone({ fact, write }: FileDifference): boolean {
  return write === 'removal' || (write === 'nothing' && fact.kind === 'absent')
}

function stateBefore({ files }: PlacementDifference): PairState | null {
  const certificate = findFact(files, 'certificate')
  const key = findFact(files, 'private-key')
  const found = certificate?.kind === 'certificate' ? certificate.certificates[0] : undefined
  const publicKey = key?.kind === 'private-key' ? key.publicKey : undefined
  if (!found && !publicKey) return null
  const { type, size, spkiSha256 } = publicKey ?? (found as Certificate).publicKey
  return { ...describeCertificate(found), key: { type, size, spkiSha256 } }
}

function findFact(files: readonly FileDifference[], what: 'certificate' | 'private-key') {
  const fact: CertificateFact | PrivateKeyFact | undefined = files.find(
    (file) => !file.copy && file.what === what,
  )?.fact
  return fact
}

function describeCertificate(certificate: Certificate | undefined): Omit<PairState, 'key'> {
  if (!certificate) return { serial: null, subject: null, notBefore: null, notAfter: null, fingerprint: null }
  const { serial, subject, notBefore, notAfter, fingerprint } = certificate
  return { serial, subject: formatName(subject), notBefore, notAfter, fingerprint }
}

function stateAfter(
  { pair, issue, current }: PairDifference,
  placement: PlacementDifference,
): PairState | null {
  if (goesAway(placement.files)) return null
  if (issue) {
    const before = stateBefore(placement)
    const key = issue.reuseKey && before?.key ? before.key : { ...pair.key, spkiSha256: null }
    return {
      serial: null,
      subject: formatName(pair.subject),
      notBefore: issue.notBefore.toISOString(),
      notAfter: issue.notAfter.toISOString(),
      fingerprint: null,
      key: { type: key.type, size: key.size, spkiSha256: key.spkiSha256 },
    }
  }
  if (!current) return stateBefore(placement)
  const { type, size, spkiSha256 } = current.publicKey
  return { ...describeCertificate(current), key: { type, size, spkiSha256 } }
}

function explain({ current }: PairDifference): string {
  if (!current) return 'nothing is asked of it'
  const { type, size, spkiSha256 } = current.publicKey
  return `as the policy wants it: valid until ${current.notAfter.slice(0, 10)}, ${type} ${size} sha256:${spkiSha256.slice(0, 8)}…`
}

export function describeService(difference: ServiceDifference): Verdict {
  const { service, action, withheld, reasons, notes } = difference
  const base = { address: service.address, host: service.host, kind: 'service' as const, name: service.name }
  if (action === 'restart' || action === 'reload')
    return { change: { ...base, action, reasons, before: null, after: null, paths: [], notes } }
  if (withheld) return undefined
  if (action === 'verify' && reasons.length > 0) {
    const verify = reasons.map(({ message }) => message).join('; ')
    return { unchanged: { ...base, why: verify, verify, notes } }
  }
  return { unchanged: { ...base, why: notes[0] ?? 'nothing changed for it, and nothing is owed', notes } }
}

export function isChange(verdict: Verdict): verdict is { readonly change: Change } {
  return verdict !== undefined && 'change' in verdict
}

export function isUnchanged(verdict: Verdict): verdict is { readonly unchanged: Unchanged } {
  return verdict !== undefined && 'unchanged' in verdict
}
