import type { Actual } from '../model/actual.ts'
import type { ReasonCode } from '../model/change.ts'
import type {
  Difference,
  FileDifference,
  FileWrite,
  PairDifference,
  PlacementDifference,
} from '../model/difference.ts'
import type { FileExpectation, InstallTask, PlannedContent, PlannedFile, PlannedPair } from '../model/plan.ts'
import { type Batches, batchOf } from './batches.ts'
import { findInseparable } from './together.ts'

interface Entry {
  readonly pair: PairDifference
  readonly placement: PlacementDifference
}

/** One task a host and batch: everything that changes there, visible at once. */
export function makeInstallTasks(actual: Actual, difference: Difference, batches: Batches): InstallTask[] {
  const entries = new Map<string, Entry[]>()
  for (const pair of difference.pairs) {
    for (const placement of pair.placements) {
      const { host } = placement.placement
      if (placement.files.every(({ write }) => write === 'nothing')) continue
      const batch = batchOf(batches, pair.play, host)
      const key = `${batch} ${host}`
      entries.set(key, [...(entries.get(key) ?? []), { pair, placement }])
    }
  }
  return [...entries].map(([key, group]) => makeInstallTask(Number.parseInt(key, 10), group, actual))
}

function makeInstallTask(batch: number, entries: readonly Entry[], actual: Actual): InstallTask {
  const host = entries[0]?.placement.placement.host ?? ''
  const fact = actual.hosts[host]
  const files = entries.flatMap(planFiles)
  const missing = fact?.kind === 'observed' ? fact.missingFolders : []
  return {
    kind: 'install',
    id: `install ${host}`,
    batch,
    host,
    addresses: entries.map(({ placement }) => placement.placement.address),
    folders: missing.filter((folder) => files.some(({ path }) => path.startsWith(`${folder}/`))),
    files,
    pairs: entries.flatMap(planPairs),
    together: findInseparable(
      host,
      entries.map(({ pair }) => pair),
    ),
    unfit: entries.flatMap(findUnfit),
  }
}

function planFiles({ pair, placement }: Entry): PlannedFile[] {
  return placement.files
    .filter(({ write }) => write !== 'nothing')
    .map((difference) => {
      const { file } = difference
      const { address } = placement.placement
      return {
        address,
        path: file.path,
        content: planContent(pair, difference, placement.placement.host),
        mode: file.mode,
        ...(file.through === undefined ? {} : { through: file.through }),
        ...(file.owner === undefined ? {} : { owner: file.owner }),
        ...(file.group === undefined ? {} : { group: file.group }),
        ...(difference.isReordered ? { keepsTime: true } : {}),
        expect: expectation(pair, difference),
      }
    })
}

/** Where a certificate or its key is written, the two have to fit; unless one of them goes away, or is lost already. */
export function planPairs({ pair: difference, placement: { placement, files } }: Entry): PlannedPair[] {
  const { pair } = difference
  const pathsOf = (wanted: FileWrite) =>
    new Set(files.flatMap(({ file, write }) => (write === wanted ? [file.path] : [])))
  const [written, removed] = [pathsOf('content'), pathsOf('removal')]
  for (const each of files) if (isLost(difference, each)) removed.add(each.file.path)
  const isFit = (...paths: readonly string[]) =>
    paths.some((path) => written.has(path)) && !paths.some((path) => removed.has(path))
  const passphrase = pair.key.passphrase === undefined ? {} : { passphrase: pair.key.passphrase }
  return [placement, ...placement.copies].flatMap(({ certificate, privateKey }) =>
    certificate && privateKey && isFit(certificate.path, privateKey.path)
      ? [{ certificate: certificate.path, privateKey: privateKey.path, ...passphrase }]
      : [],
  )
}

/** The key of a trust anchor that is trusted all the same, until another has taken its place. */
function isLost({ pair, rotation, current }: PairDifference, { what, write, fact }: FileDifference): boolean {
  if (what !== 'private-key' || write === 'content' || !(rotation || pair.waiting)) return false
  return fact.kind !== 'private-key' || fact.publicKey.spkiSha256 !== current?.publicKey.spkiSha256
}

function planContent(
  difference: PairDifference,
  { what, write, source, followedBy = [] }: FileDifference,
  host: string,
): PlannedContent {
  const { pair, issue, current, origin } = difference
  if (write === 'metadata') return { what, from: 'kept' }
  if (write === 'removal') return { what, from: 'removed' }
  if (what === 'private-key' && source !== undefined) return planKey(difference, { host, path: source })
  if (issue) return { what, from: 'issued', pair: pair.id }
  if (what === 'certificate') {
    const parts = [...(current ? [current] : []), ...followedBy]
    return { what, from: 'text', pem: parts.map(({ pem }) => pem).join('') }
  }
  const supplied = pair.supplied
  if (supplied?.key.kind === 'file' && supplied.spkiSha256 === current?.publicKey.spkiSha256) {
    const { path, passphrase } = supplied.key
    const { spkiSha256 } = supplied
    return { what, from: 'supplied', path, spkiSha256, ...(passphrase === undefined ? {} : { passphrase }) }
  }
  return planKey(difference, { host: origin?.host ?? '', path: origin?.privateKeyPath ?? '' })
}

function planKey(
  { pair, current }: PairDifference,
  place: { readonly host: string; readonly path: string },
): PlannedContent {
  const spkiSha256 = current?.publicKey.spkiSha256 ?? ''
  const passphrase = pair.key.passphrase === undefined ? {} : { passphrase: pair.key.passphrase }
  return { what: 'private-key', from: 'place', ...place, spkiSha256, ...passphrase }
}

/** What the plan rests on, to be found unchanged at the moment of writing. */
function expectation({ pair }: PairDifference, { fact }: FileDifference): FileExpectation {
  if (fact.kind === 'certificate' || fact.kind === 'not-a-certificate')
    return { kind: 'certificate', sha256: fact.sha256 }
  if (fact.kind === 'absent') return { kind: 'absent' }
  const passphrase = pair.key.passphrase === undefined ? {} : { passphrase: pair.key.passphrase }
  if (fact.kind === 'unreadable') return { kind: 'not-a-key', ...passphrase }
  return { kind: 'private-key', spkiSha256: fact.publicKey.spkiSha256, ...passphrase }
}

/** A generation with one of these faults is never put back over a valid one. */
const unfit: ReadonlySet<ReasonCode> = new Set([
  'missing',
  'not-a-certificate',
  'expired',
  'not-yet-valid',
  'key-mismatch',
  'authority-expired',
  'authority-key-mismatch',
  'not-an-authority',
  'peers-refuse',
  'supplied-differs',
])

function findUnfit({ pair: { pair, issue }, placement: { placement, files } }: Entry): InstallTask['unfit'] {
  const reasons = [...(issue?.reasons ?? []), ...files.flatMap((file) => file.reasons)]
  const codes = new Set(reasons.map(({ code }) => code).filter((code) => unfit.has(code)))
  return [...codes].map((code) => ({ address: placement.address, why: `${pair.name} was ${code}` }))
}
