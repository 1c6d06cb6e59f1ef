import type { AlarmState } from '../model/change.ts'
import type { DesiredPair } from '../model/desired.ts'
import type { Difference } from '../model/difference.ts'
import type { Condition } from './compute.ts'

/** The certificates of a host as they will be (`planned`), or as they are. */
export function listCertificates(
  host: string,
  { pairs }: Difference,
  planned: boolean,
): Condition['certificates'] {
  return pairs.flatMap(({ pair, issue, current, placements }) =>
    placements
      .filter(({ placement }) => placement.host === host)
      .flatMap(({ placement, files }) => {
        const fact = files[0]?.fact
        const found = fact?.kind === 'certificate' ? fact.certificates[0].notAfter : undefined
        const written = planned && files[0]?.write === 'content'
        const notAfter = written ? (issue?.notAfter.toISOString() ?? current?.notAfter) : found
        if (notAfter === undefined) return []
        return [{ name: pair.name, path: placement.certificate.path, notAfter, ...renewal(pair) }]
      }),
  )
}

/** A supplied certificate is renewed by nobody here. */
function renewal({ supplied, renewBefore, validitySeconds }: DesiredPair): {
  readonly renewBeforeSeconds?: number
} {
  if (supplied) return {}
  if (renewBefore.kind === 'seconds') return { renewBeforeSeconds: renewBefore.seconds }
  return { renewBeforeSeconds: (validitySeconds * renewBefore.percentage) / 100 }
}

/** Why a host is left alone, one cause a problem. */
export function describeProblems(host: string, { problems }: Difference): string[] {
  return problems
    .filter((problem) => problem.host === host)
    .map(({ address, message }) => `${address.split('/').slice(1).join(' ')}: ${message}`)
}

/** An alarm's name in an address: its id, and which certificate it is about. */
export function alarmName({ id, entity }: Pick<AlarmState, 'id' | 'entity'>): string {
  return entity.startsWith('host=') ? id : `${id} ${entity.split('.').slice(2).join('.')}`
}
