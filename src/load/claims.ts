import type { DesiredFile, DesiredPlay, Placement } from '../model/desired.ts'
import type { Complaints } from './complaints.ts'
import type { YamlDocument } from './document.ts'

interface Claim {
  readonly by: string
  readonly file: DesiredFile
}

/** One file of a host belongs to one pair, once: two policies that both want it would undo each other for ever. */
export function checkClaims(
  plays: readonly DesiredPlay[],
  documents: ReadonlyMap<string, YamlDocument>,
  complaints: Complaints,
): void {
  const claims = new Map<string, Claim>()
  for (const { pairs } of plays) {
    for (const pair of pairs) {
      for (const placement of pair.placements) {
        for (const { file, what } of filesOf(placement)) {
          const key = `${placement.host}:${file.path}`
          const by = `${what} of ${pair.name}`
          const earlier = claims.get(key)
          if (!earlier) claims.set(key, { by, file })
          else report(placement.host, earlier, { by, file }, documents, complaints)
        }
      }
    }
  }
}

function filesOf({ certificate, privateKey, copies }: Placement): { file: DesiredFile; what: string }[] {
  const all = [{ certificate, ...(privateKey ? { privateKey } : {}) }, ...copies]
  return all.flatMap((each) => [
    ...(each.certificate ? [{ file: each.certificate, what: 'certificate' }] : []),
    ...(each.privateKey ? [{ file: each.privateKey, what: 'private key' }] : []),
  ])
}

function report(
  host: string,
  earlier: Claim,
  { by, file }: Claim,
  documents: ReadonlyMap<string, YamlDocument>,
  complaints: Complaints,
): void {
  const { source } = file
  const document = documents.get(source.file)
  if (!document) return
  const offset =
    document.text
      .split('\n')
      .slice(0, source.line - 1)
      .join('\n').length +
    (source.line > 1 ? 1 : 0) +
    source.col -
    1
  const where = `${earlier.file.source.file}:${earlier.file.source.line}`
  complaints.offset(document, offset, {
    code: 'path-claimed-twice',
    message: `${file.path} on ${host} is the ${by}, and already the ${earlier.by} (${where})`,
    hint: 'give each a file of its own',
  })
}
