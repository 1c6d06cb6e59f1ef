// What going back to a kept generation comes to, as a difference like any other. Pure.
// In: what is wanted and observed, a generation of one host. Out: a Difference of that host alone, its problems included.
import type { Actual, HostActual } from '../model/actual.ts'
import type { Problem, ProblemCode, Reason } from '../model/change.ts'
import type { Desired, DesiredPair, Placement } from '../model/desired.ts'
import type { Difference, FileDifference, PairDifference } from '../model/difference.ts'
import type { Generation, GenerationFile } from '../model/transaction.ts'
import { placementFiles } from './files.ts'
import { compareService } from './service.ts'
import { formatDate } from './time.ts'

export interface RollbackInput {
  readonly desired: Desired
  readonly actual: Actual
  readonly difference: Difference
  readonly at: Date
  readonly host: string
  readonly generation: Generation
}

export function diffRollback(input: RollbackInput): Difference {
  const { desired, actual, difference, host } = input
  const fact = actual.hosts[host]
  if (fact?.kind !== 'observed')
    return {
      pairs: [],
      services: [],
      problems: [],
      idleHosts: new Set([host]),
      lostHosts: new Set([host]),
    }
  const compared = desired.plays.flatMap((play, index) =>
    play.pairs.flatMap((pair) =>
      pair.placements
        .filter((placement) => placement.host === host)
        .map((placement) => comparePlacement({ pair, placement, play: index, fact, input })),
    ),
  )
  const pairs = compared.filter((each) => each.placements.some(({ files }) => files.length > 0))
  const problems = [
    ...difference.problems.filter((problem) => problem.host === host && !aheadOnly.has(problem.code)),
    ...(pairs.length === 0 ? [] : findUnfit(input, fact)),
  ]
  return {
    pairs,
    services: compareServices(input, fact, pairs),
    problems,
    idleHosts: problems.length > 0 ? new Set([host]) : new Set(),
    lostHosts: new Set(),
  }
}

/** What speaks against going on is often why somebody goes back: nothing is issued, and nothing comes from elsewhere. */
const aheadOnly: ReadonlySet<ProblemCode> = new Set([
  'guard-exceeded',
  'issued-too-often',
  'play-stopped',
  'depends-on-blocked',
  'depends-on-held',
  'outside-limit',
  'folder-missing',
])

interface Compared {
  readonly pair: DesiredPair
  readonly placement: Placement
  readonly play: number
  readonly fact: HostActual
  readonly input: RollbackInput
}

/** Without files where the generation holds what is there now. */
function comparePlacement({ pair, placement, play, fact, input }: Compared): PairDifference {
  const { generation } = input
  const kept = new Map(generation.files.map((file) => [file.path, file]))
  const touched = placementFiles(placement).filter(({ file }) => kept.has(file.path))
  const isSame = touched.every(({ file, what }) => what === 'private-key' || holds(fact, kept.get(file.path)))
  const message = `by hand: to what run ${generation.id} replaced`
  const reason: Reason = { code: 'rolled-back', message, source: pair.source }
  const files = touched.map(({ file, what, copy }): FileDifference => {
    const rest = { file, copy, write: 'content', reasons: [reason] } as const
    return what === 'certificate'
      ? { ...rest, what, fact: fact.certificates[file.path] ?? { kind: 'absent' } }
      : { ...rest, what, fact: fact.privateKeys[file.path] ?? { kind: 'absent' } }
  })
  const current = kept.get(placement.certificate.path)?.certificate
  return {
    pair,
    play,
    ...(current ? { current } : {}),
    chain: [],
    notes: [],
    rivals: [],
    placements: [{ placement, files: isSame ? [] : files }],
  }
}

function holds(fact: HostActual, file: GenerationFile | undefined): boolean {
  const found = file && fact.certificates[file.path]
  if (found?.kind !== 'certificate') return found?.kind === file?.was
  return found.certificates[0].fingerprint === file?.certificate?.fingerprint
}

/** What must not come back: it would leave the host worse than it is. */
function findUnfit({ generation, host, desired, at }: RollbackInput, fact: HostActual): Problem[] {
  const managed = new Map(
    desired.plays.flatMap(({ pairs }) =>
      pairs.flatMap(({ placements }) =>
        placements
          .filter((placement) => placement.host === host)
          .flatMap((placement) =>
            placementFiles(placement).map(({ file }) => [file.path, placement.address]),
          ),
      ),
    ),
  )
  return generation.files.flatMap((file) => {
    const fault = findFault(file, managed.has(file.path), fact, at)
    const address = managed.get(file.path) ?? `${host}/generation`
    const hint = 'choose another generation (certwright history), or let apply issue what the policy wants'
    const message = `${file.path} ${fault}`
    return fault === undefined
      ? []
      : [{ address, host, path: file.path, code: 'unfit-generation', message, hint }]
  })
}

function findFault(
  { path, was, certificate }: GenerationFile,
  isManaged: boolean,
  fact: HostActual,
  at: Date,
): string | undefined {
  if (!isManaged) return 'belongs to no certificate of this playbook'
  const isThere = (fact.certificates[path] ?? fact.privateKeys[path])?.kind !== 'absent'
  if (was === 'absent' && isThere) return 'was not there yet: going back would take it away'
  if (certificate && Date.parse(certificate.notAfter) <= at.getTime())
    return `of that generation has expired ${formatDate(certificate.notAfter)}`
  if (certificate && Date.parse(certificate.notBefore) > at.getTime())
    return `of that generation is valid from ${formatDate(certificate.notBefore)} only`
  return undefined
}

/** What they serve now is of no account: it is what is there now, and will not be. */
function compareServices(
  { desired: { plays }, at }: RollbackInput,
  host: HostActual,
  changed: readonly PairDifference[],
): Difference['services'] {
  const pairs = new Map(changed.map((each) => [each.pair.id, each]))
  return plays.flatMap((play, index) =>
    play.services
      .filter((service) => service.host === host.host && service.uses.some(({ pair }) => pairs.has(pair)))
      .map((service) => {
        const { probe: _, ...fact } = host.services[service.name] ?? { state: 'unknown' as const }
        const asked = { ...host, services: { ...host.services, [service.name]: fact } }
        return compareService(service, { play: index, host: asked, pairs, at })
      }),
  )
}
