// One authority or certificate of an expanded policy → what it must say, and where it must be on one host.
import type { NameAttribute } from '../model/certificate.ts'
import type { DesiredCopy, DesiredFile, DesiredKey, DesiredPair, RenewBefore } from '../model/desired.ts'
import type { Source } from '../model/source.ts'
import { parseGeneralName } from '../x509/general-name.ts'
import { findSubjectFault, subjectFields } from '../x509/name.ts'
import { extendedKeyUsageOids } from '../x509/oids.ts'
import { durationHint, parseDuration, parsePercentage } from './duration.ts'
import type { RawAuthority, RawCertificate, RawPolicy } from './policy.ts'
import {
  complain,
  complainOfEntry,
  firstSource,
  type Reading,
  readDuration,
  readMode,
  readPath,
} from './reading.ts'
import { suggest } from './suggest.ts'

/** What is the same for every host of a pair. */
export type PairSpec = Omit<DesiredPair, 'id' | 'placements' | 'authority' | 'supplied'>

export interface HostFiles {
  readonly certificate: DesiredFile
  readonly privateKey: DesiredFile
  readonly copies: readonly DesiredCopy[]
}

export type Section = 'authorities' | 'certificates'

interface Context extends Reading {
  readonly section: Section
  readonly name: string
  readonly defaults: NonNullable<RawPolicy['defaults']>
}

export function readPair(
  reading: Reading,
  section: Section,
  name: string,
  raw: RawAuthority | RawCertificate,
  defaults: RawPolicy['defaults'],
): { spec: PairSpec; files: HostFiles } | undefined {
  const context: Context = { ...reading, section, name, defaults: defaults ?? {} }
  const validitySeconds = readDuration(
    context,
    findKeys(context, 'validity'),
    raw.validity ?? defaults?.validity ?? '365d',
  )
  const key = readKey(context, raw)
  const files = readFiles(context, raw)
  const names = readNames(context, raw)
  if (validitySeconds === undefined || !key || !files || !names) return undefined
  const renewBefore = readRenewBefore(context, raw, validitySeconds)
  if (!renewBefore) return undefined
  const kind = section === 'authorities' ? 'authority' : 'certificate'
  const spec: PairSpec = {
    kind,
    name,
    source: firstSource(reading, [section, name]),
    fieldSources: collectSources(context),
    ...names,
    basicConstraints: readConstraints(raw, kind),
    key,
    validitySeconds,
    renewBefore,
    includeChain: raw.certificate.include_chain ?? defaults?.certificate?.include_chain ?? true,
    ignoreDifferences: raw.ignore_differences ?? [],
  }
  if (!('supplied' in raw)) checkUsages(context, spec)
  return { spec, files }
}

/** Where a field is written: in the pair itself, else in the defaults. */
function findKeys({ section, name, document }: Context, ...field: string[]): readonly string[] {
  const own = [section, name, ...field]
  return document.places.has(`/${own.join('/')}`) ? own : ['defaults', ...field]
}

function readConstraints(
  raw: RawAuthority | RawCertificate,
  kind: DesiredPair['kind'],
): DesiredPair['basicConstraints'] {
  if (kind === 'certificate') return { ca: false }
  return 'path_length' in raw && raw.path_length !== undefined
    ? { ca: true, pathLength: raw.path_length }
    : { ca: true }
}

const allowedSizes: Readonly<Record<DesiredKey['type'], (size: number) => boolean>> = {
  RSA: (size) => size >= 2048 && size <= 8192 && size % 8 === 0,
  ECDSA: (size) => [256, 384, 521].includes(size),
  Ed25519: (size) => size === 256,
}
const sizeHints = { RSA: '2048 to 8192', ECDSA: '256, 384 or 521', Ed25519: 'leave the size out' }

function readKey(context: Context, raw: RawAuthority | RawCertificate): DesiredKey | undefined {
  const merged = { ...context.defaults.private_key, ...raw.private_key }
  const type = merged.type ?? 'RSA'
  // A size in the defaults is meant for the type beside it.
  const stated = raw.private_key.size ?? (raw.private_key.type === undefined ? merged.size : undefined)
  const size = type === 'Ed25519' ? 256 : (stated ?? (type === 'RSA' ? 4096 : 256))
  if (!allowedSizes[type](size)) {
    const message = `an ${type} key cannot have ${size} bits`
    return complain(context, findKeys(context, 'private_key', 'size'), {
      code: 'invalid-key-size',
      message,
      hint: sizeHints[type],
    })
  }
  const passphrase = merged.passphrase
  if (passphrase !== undefined && !/^(env:[A-Za-z_]\w*|file:\/.+|exec:.+)$/s.test(passphrase)) {
    const hint = 'write env:NAME, file:/PATH or exec:COMMAND: where it is, never what it is'
    const complaint = {
      code: 'invalid-passphrase-reference',
      message: 'this does not say where the passphrase is',
      hint,
    }
    return complain(context, findKeys(context, 'private_key', 'passphrase'), complaint)
  }
  return {
    type,
    size,
    rotation: merged.rotation ?? 'always',
    ...(passphrase === undefined ? {} : { passphrase }),
  }
}

function readFiles(context: Context, raw: RawAuthority | RawCertificate): HostFiles | undefined {
  const certificate = readFile(context, 'certificate', ['certificate', 'path'], raw.certificate.path, raw)
  const privateKey = readFile(context, 'private_key', ['private_key', 'path'], raw.private_key.path, raw)
  const copies = (raw.copies ?? []).map((copy, index): DesiredCopy => {
    const at = (field: 'certificate' | 'private_key', path: string | undefined) =>
      path === undefined ? undefined : readFile(context, field, ['copies', String(index), field], path, raw)
    const copied = {
      certificate: at('certificate', copy.certificate),
      privateKey: at('private_key', copy.private_key),
    }
    return {
      ...(copied.certificate ? { certificate: copied.certificate } : {}),
      ...(copied.privateKey ? { privateKey: copied.privateKey } : {}),
    }
  })
  return certificate && privateKey ? { certificate, privateKey, copies } : undefined
}

/** A copy has the owner, group and mode of what it is a copy of. */
function readFile(
  context: Context,
  field: 'certificate' | 'private_key',
  pathField: readonly string[],
  path: string,
  raw: RawAuthority | RawCertificate,
): DesiredFile | undefined {
  const { section, name, defaults } = context
  const { owner, group, mode } = { ...defaults[field], ...raw[field] }
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
    source,
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
  }
}

type Names = Pick<PairSpec, 'subject' | 'subjectAltName' | 'keyUsage' | 'extendedKeyUsage'>

function readNames(context: Context, raw: RawAuthority | RawCertificate): Names | undefined {
  const subject = readSubject(context, raw)
  const given = 'subject_alt_name' in raw ? [raw.subject_alt_name ?? []].flat() : []
  const alternatives = given.map((text, index) => {
    const parsed = parseGeneralName(text)
    if (parsed.kind === 'general-name') return parsed.canonical
    const complaint = {
      code: 'invalid-san',
      message: parsed.message,
      ...(parsed.hint === undefined ? {} : { hint: parsed.hint }),
    }
    return complain(context, [context.section, context.name, 'subject_alt_name', index], complaint)
  })
  const fallback = context.section === 'authorities' ? ['keyCertSign', 'cRLSign'] : ['digitalSignature']
  const usages = 'extended_key_usage' in raw ? (raw.extended_key_usage ?? []) : []
  const valid = alternatives.filter((name) => name !== undefined)
  if (!subject || valid.length < alternatives.length) return undefined
  if (!usages.every((usage, index) => checkExtendedUsage(context, usage, index))) return undefined
  return {
    subject,
    subjectAltName: [...new Set(valid)],
    keyUsage: raw.key_usage ?? fallback,
    extendedKeyUsage: usages,
  }
}

function readSubject(context: Context, raw: RawAuthority | RawCertificate): NameAttribute[] | undefined {
  let failed = false
  const attributes = Object.entries(subjectFields).flatMap(([field, { type }]) =>
    [raw.subject?.[field] ?? []].flat().map((value) => {
      const fault = findSubjectFault(field, value)
      if (fault !== undefined) {
        failed = true
        const message = `${field} ${fault}`
        complain(context, [context.section, context.name, 'subject', field], {
          code: 'invalid-subject',
          message,
        })
      }
      return { type, value }
    }),
  )
  return failed ? undefined : attributes
}

function checkExtendedUsage(context: Context, usage: string, index: number): boolean {
  if (extendedKeyUsageOids[usage] !== undefined || /^[0-2](\.\d{1,10}){1,20}$/.test(usage)) return true
  const names = Object.keys(extendedKeyUsageOids)
  const hint = suggest(usage, names) ?? `there is ${names.join(', ')}, or a dotted OID`
  const complaint = { code: 'invalid-value', message: `there is no extended key usage "${usage}"`, hint }
  complain(context, [context.section, context.name, 'extended_key_usage', index], complaint)
  return false
}

/** The third of the lifetime that cert-manager renews by, too, is the default. */
const defaultPercentage = 100 / 3

function readRenewBefore(
  context: Context,
  raw: RawAuthority | RawCertificate,
  validitySeconds: number,
): RenewBefore | undefined {
  const text = raw.renew_before ?? context.defaults.renew_before
  if (text === undefined) return { kind: 'percentage', percentage: defaultPercentage }
  const keys = findKeys(context, 'renew_before')
  const percentage = parsePercentage(text)
  if (percentage !== undefined) return { kind: 'percentage', percentage }
  const seconds = parseDuration(text)
  if (seconds === undefined) {
    const hint = `${durationHint}; or a percentage of the lifetime: 20%`
    return complain(context, keys, {
      code: 'invalid-duration',
      message: `"${text}" is no time before expiry`,
      hint,
    })
  }
  if (seconds < validitySeconds) return { kind: 'seconds', seconds }
  const message = `${context.name} would be renewed ${text} before expiry, and lives no longer than that`
  return complain(context, keys, {
    code: 'renew-before-too-long',
    message,
    hint: 'make renew_before shorter than validity',
  })
}

/** Things that are allowed and seldom meant. */
function checkUsages(
  context: Context,
  { kind, keyUsage, extendedKeyUsage, subjectAltName, subject, key }: PairSpec,
): void {
  const complaint = (code: string, message: string, hint: string, severity: 'error' | 'warning') =>
    complainOfEntry(context, context.section, context.name, { code, message, hint, severity })
  if (kind === 'authority' && !keyUsage.includes('keyCertSign'))
    complaint(
      'not-an-authority',
      `${context.name} could not sign: key_usage lacks keyCertSign`,
      'add keyCertSign',
      'error',
    )
  if (kind === 'authority' && subject.length === 0)
    complaint('missing-key', `${context.name} needs a subject`, 'subject: { common_name: … }', 'error')
  if (kind === 'certificate' && subject.length === 0 && subjectAltName.length === 0)
    complaint(
      'missing-key',
      `${context.name} names nobody`,
      'give it a subject or a subject_alt_name',
      'error',
    )
  if (
    extendedKeyUsage.includes('serverAuth') &&
    !extendedKeyUsage.includes('clientAuth') &&
    subjectAltName.length === 0
  )
    complaint(
      'san-missing',
      `${context.name} serves TLS and has no subject_alt_name: clients refuse it`,
      'add the names and addresses that clients use',
      'error',
    )
  if (key.type !== 'RSA' && keyUsage.includes('keyEncipherment'))
    complaint(
      'key-usage-unfit',
      `${context.name}: an ${key.type} key cannot do keyEncipherment (RFC 8813)`,
      'leave keyEncipherment to RSA keys',
      'warning',
    )
}

const fields = [
  'authority',
  'subject',
  'subject_alt_name',
  'key_usage',
  'extended_key_usage',
  'path_length',
  'certificate',
  'private_key',
  'validity',
  'renew_before',
  'supplied',
] as const

function collectSources(context: Context): Record<string, Source> {
  const { section, name, document } = context
  const sources = fields.flatMap((field): [string, Source][] => {
    const keys = findKeys(context, field)
    return document.places.has(`/${keys.join('/')}`)
      ? [[field, firstSource(context, keys, [section, name])]]
      : []
  })
  return Object.fromEntries(sources)
}
