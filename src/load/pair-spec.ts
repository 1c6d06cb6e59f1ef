// One authority or certificate of an expanded policy → what it must say, and where it must be on one host.
import type { DesiredPair, RenewBefore } from '../model/desired.ts'
import type { Source } from '../model/source.ts'
import { durationHint, parseDuration, parsePercentage } from './duration.ts'
import { findKeys, type PairContext, type Section } from './pair-context.ts'
import { type HostFiles, readFiles } from './pair-files.ts'
import { readKey } from './pair-key.ts'
import { readNames } from './pair-names.ts'
import type { RawAuthority, RawCertificate, RawPolicy } from './policy.ts'
import { complain, complainOfEntry, firstSource, type Reading, readDuration } from './reading.ts'
import { readRotation } from './rotation.ts'

/** What is the same for every host of a pair. */
export type PairSpec = Omit<DesiredPair, 'id' | 'placements' | 'authority' | 'supplied'>

export function readPair(
  reading: Reading,
  section: Section,
  name: string,
  raw: RawAuthority | RawCertificate,
  defaults: RawPolicy['defaults'],
): { spec: PairSpec; files: HostFiles } | undefined {
  const context: PairContext = { ...reading, section, name, defaults: defaults ?? {} }
  const validitySeconds = readDuration(
    context,
    findKeys(context, 'validity'),
    raw.validity ?? defaults?.validity ?? '365d',
  )
  const key = readKey(context, raw)
  const files = readFiles(context, raw)
  const names = readNames(context, raw)
  const rotation = readRotation(context, raw)
  if (validitySeconds === undefined || !key || !files || !names || rotation === 'failed') return undefined
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
    ...(rotation ? { rotation } : {}),
    includeChain: raw.certificate.include_chain ?? defaults?.certificate?.include_chain ?? true,
    ignoreDifferences: raw.ignore_differences ?? [],
  }
  if (!('supplied' in raw)) checkUsages(context, spec)
  return { spec, files }
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

/** The third of the lifetime that cert-manager renews by, too, is the default. */
const defaultPercentage = 100 / 3

function readRenewBefore(
  context: PairContext,
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
  context: PairContext,
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
  'rotation',
] as const

function collectSources(context: PairContext): Record<string, Source> {
  const { section, name, document } = context
  const sources = fields.flatMap((field): [string, Source][] => {
    const keys = findKeys(context, field)
    return document.places.has(`/${keys.join('/')}`)
      ? [[field, firstSource(context, keys, [section, name])]]
      : []
  })
  return Object.fromEntries(sources)
}
