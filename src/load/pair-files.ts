import { basename, dirname } from 'node:path'
import type { DesiredCopy, DesiredFile } from '../model/desired.ts'
import { findKeys, type PairContext } from './pair-context.ts'
import type { RawAuthority, RawCertificate, RawFile } from './policy.ts'
import { complain, complainOfEntry, firstSource, readMode, readPath } from './reading.ts'

/** Where a pair is on one host. */
export interface HostFiles {
  readonly certificate: DesiredFile
  /** Absent where a command holds the key. */
  readonly privateKey?: DesiredFile
  readonly copies: readonly DesiredCopy[]
}

export function readFiles(context: PairContext, raw: RawAuthority | RawCertificate): HostFiles | undefined {
  const certificate = readFile(context, 'certificate', ['certificate', 'path'], raw.certificate.path, raw)
  const signer = 'supplied' in raw ? raw.supplied?.signer : undefined
  if ((raw.private_key === undefined) === (signer === undefined))
    return complainOfEntry(context, context.section, context.name, signer ? keyInTwoPlaces : keyMissing)
  const privateKey =
    raw.private_key && readFile(context, 'private_key', ['private_key', 'path'], raw.private_key.path, raw)
  const copies = (raw.copies ?? []).map((copy, index): DesiredCopy => {
    const at = (field: 'certificate' | 'private_key', path: string | undefined) => {
      const keys = ['copies', String(index), field]
      const file = path === undefined ? undefined : readFile(context, field, keys, path, raw)
      return file && copy.make_folder === false ? { ...file, isFolderOfOthers: true } : file
    }
    const copied = {
      certificate: at('certificate', copy.certificate),
      privateKey: at('private_key', copy.private_key),
    }
    return {
      ...(copied.certificate ? { certificate: copied.certificate } : {}),
      ...(copied.privateKey ? { privateKey: copied.privateKey } : {}),
    }
  })
  if (!certificate || (raw.private_key && !privateKey)) return undefined
  const files = { certificate, copies, ...(privateKey ? { privateKey } : {}) }
  return (raw.install ?? context.defaults.install) === 'generations' ? linkTogether(context, files) : files
}

/** Certificates with their keys, where both are; what stands alone has nothing to be switched with. */
function linkTogether(context: PairContext, { copies, ...main }: HostFiles): HostFiles | undefined {
  const linked = linkPair(context, main)
  const copied = copies.map((copy) => linkPair(context, copy))
  if (!linked || copied.some((copy) => copy === undefined)) return undefined
  return { ...linked, copies: copied.filter((copy) => copy !== undefined) }
}

function linkPair<T extends DesiredCopy>(context: PairContext, pair: T): T | undefined {
  const { certificate, privateKey } = pair
  if (!certificate || !privateKey) return pair
  const folder = dirname(certificate.path)
  if (dirname(privateKey.path) !== folder)
    return complain(context, findKeys(context, 'install'), {
      code: 'generations-in-two-folders',
      message: `${certificate.path} and ${privateKey.path} are in two folders, and cannot be switched by one rename`,
      hint: 'put both into one folder, or write install: files',
    })
  const through = `${folder === '/' ? '' : folder}/.${basename(certificate.path)}.certwright`
  return { ...pair, certificate: { ...certificate, through }, privateKey: { ...privateKey, through } }
}

const keyMissing = { code: 'missing-key', message: '"private_key" is missing' }
const keyInTwoPlaces = {
  code: 'invalid-signer',
  message: 'its key is where the signer keeps it: there is no private_key to be placed on hosts',
  hint: 'leave private_key out, or supply the key as a file',
}

/** A copy has the owner, group and mode of what it is a copy of. */
function readFile(
  context: PairContext,
  field: 'certificate' | 'private_key',
  pathField: readonly string[],
  path: string,
  raw: RawAuthority | RawCertificate,
): DesiredFile | undefined {
  const { section, name, defaults } = context
  const { owner, group, mode }: Partial<RawFile> = { ...defaults[field], ...raw[field] }
  const at = [section, name, ...pathField]
  const absolute = readPath(context, at, path)
  const modeKeys = findKeys(context, field, 'mode')
  const bits = readMode(context, modeKeys, mode ?? (field === 'certificate' ? '0644' : '0600'))
  if (absolute === undefined || bits === undefined) return undefined
  if (field === 'private_key' && (bits & 0o007) !== 0) {
    const complaint = {
      code: 'mode-too-wide',
      message: 'a private key may not be open to everybody',
      hint: 'write "0600" or "0640"',
    }
    return complain(context, modeKeys, complaint)
  }
  const source = firstSource(context, at)
  return {
    path: absolute,
    mode: bits,
    isModeSaid: raw[field]?.mode !== undefined,
    source,
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
  }
}
