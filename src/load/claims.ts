import { type Address, parseAddress } from '../model/address.ts'
import {
  controlHost,
  type DesiredCopy,
  type DesiredFile,
  type DesiredPlay,
  type Placement,
} from '../model/desired.ts'
import type { Source } from '../model/source.ts'
import type { Complaints } from './complaints.ts'
import type { YamlDocument } from './document.ts'

type Documents = ReadonlyMap<string, YamlDocument>

interface Claim {
  readonly by: string
  readonly file: DesiredFile
  /** No path that the policy names, but one that follows from the path of an authority. */
  readonly isDerived: boolean
}

export function checkClaims(
  plays: readonly DesiredPlay[],
  documents: Documents,
  complaints: Complaints,
): void {
  checkFiles(plays, documents, complaints)
  checkNames(plays, documents, complaints)
}

/**
 * On one host a name stands for one certificate, authority or service, whatever policy it is of: plans, alarms and what
 * certwright keeps there go by it. The control node may keep the authorities of many sites that call them alike.
 */
function checkNames(plays: readonly DesiredPlay[], documents: Documents, complaints: Complaints): void {
  const claims = new Map<Address, Source>()
  const claim = (address: Address, source: Source) => {
    const earlier = claims.get(address)
    if (!earlier) claims.set(address, source)
    else reportName(address, { earlier, source }, documents, complaints)
  }
  for (const { pairs, services } of plays) {
    for (const { placements, source } of pairs)
      for (const { address, host } of placements) if (host !== controlHost) claim(address, source)
    for (const { address, source } of services) claim(address, source)
  }
}

function reportName(
  address: Address,
  { earlier, source }: { readonly earlier: Source; readonly source: Source },
  documents: Documents,
  complaints: Complaints,
): void {
  const document = documents.get(source.file)
  if (!document) return
  const { host, kind, name } = parseAddress(address)
  complaints.offset(document, offsetOf(document, source), {
    code: 'name-claimed-twice',
    message: `there is a ${kind} "${name}" on ${host} already (${earlier.file}:${earlier.line})`,
    hint: 'two plays that meet on a host need different names: rename one of them',
  })
}

/** One file of a host belongs to one pair, once: two policies that both want it would undo each other for ever. */
function checkFiles(plays: readonly DesiredPlay[], documents: Documents, complaints: Complaints): void {
  const claims = new Map<string, Claim>()
  for (const { pairs } of plays) {
    for (const pair of pairs) {
      for (const placement of pair.placements) {
        for (const { what, ...claimed } of filesOf(placement)) {
          const key = `${placement.host}:${claimed.file.path}`
          const claim = { ...claimed, by: `${what} of ${pair.name}` }
          const earlier = claims.get(key)
          if (!earlier) claims.set(key, claim)
          else report(placement.host, earlier, claim, documents, complaints)
        }
      }
    }
  }
}

function filesOf({ certificate, privateKey, copies, waiting }: Placement) {
  const said = [{ certificate, ...(privateKey ? { privateKey } : {}) }, ...copies]
  return [
    ...said.flatMap((each) => claimsOf(each)),
    ...Object.entries(waiting ?? {}).flatMap(([role, files]) => claimsOf(files, `${role} `)),
  ]
}

function claimsOf({ certificate, privateKey }: DesiredCopy, role?: string) {
  const isDerived = role !== undefined
  return [
    ...(certificate ? [{ file: certificate, what: `${role ?? ''}certificate`, isDerived }] : []),
    ...(privateKey ? [{ file: privateKey, what: `${role ?? ''}private key`, isDerived }] : []),
  ]
}

function report(
  host: string,
  earlier: Claim,
  { by, file, isDerived }: Claim,
  documents: Documents,
  complaints: Complaints,
): void {
  const { source } = file
  const document = documents.get(source.file)
  if (!document) return
  const where = `${earlier.file.source.file}:${earlier.file.source.line}`
  complaints.offset(document, offsetOf(document, source), {
    code: 'path-claimed-twice',
    message: `${file.path} on ${host} is the ${by}, and already the ${earlier.by} (${where})`,
    hint:
      isDerived || earlier.isDerived
        ? 'the next and the previous generation of an authority stand beside it, under its name: give the other file another one'
        : 'give each a file of its own',
  })
}

function offsetOf({ text }: YamlDocument, { line, col }: Source): number {
  const before = text
    .split('\n')
    .slice(0, line - 1)
    .join('\n')
  return before.length + (line > 1 ? 1 : 0) + col - 1
}
