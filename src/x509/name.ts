import type { NameAttribute } from '../model/certificate.ts'

interface SubjectField {
  readonly type: string
  /** Upper bound of characters: RFC 5280 appendix A.1. */
  readonly maximum: number
}

/** What a policy may write under `subject`, in community.crypto's words, in the order in which names are written. */
export const subjectFields: Readonly<Record<string, SubjectField>> = {
  country: { type: 'C', maximum: 2 },
  state_or_province: { type: 'ST', maximum: 128 },
  locality: { type: 'L', maximum: 128 },
  street_address: { type: 'street', maximum: 128 },
  postal_code: { type: 'postalCode', maximum: 40 },
  domain_component: { type: 'DC', maximum: 255 },
  organization: { type: 'O', maximum: 64 },
  organizational_unit: { type: 'OU', maximum: 64 },
  title: { type: 'title', maximum: 64 },
  given_name: { type: 'GN', maximum: 32768 },
  surname: { type: 'SN', maximum: 32768 },
  serial_number: { type: 'serialNumber', maximum: 64 },
  user_id: { type: 'UID', maximum: 256 },
  common_name: { type: 'CN', maximum: 64 },
  email_address: { type: 'emailAddress', maximum: 255 },
}

/** Why a value cannot stand in a field of a subject; undefined when it can. */
export function findSubjectFault(field: string, value: string): string | undefined {
  const rule = subjectFields[field]
  if (!rule) return `there is no such attribute`
  if (value === '') return 'is empty'
  if (/\p{Cc}/u.test(value)) return 'contains a control character'
  if ([...value].length > rule.maximum) return `is longer than ${rule.maximum} characters`
  if (field === 'country' && !/^[A-Z]{2}$/.test(value)) return 'is not a two-letter country code in capitals'
  if (field === 'serial_number' && !/^[A-Za-z0-9 '()+,./:=?-]+$/.test(value))
    return 'is not a PrintableString'
  if (['domain_component', 'email_address'].includes(field) && /[^ -~]/.test(value)) return 'is not ASCII'
  return undefined
}

/** A name on one line, for people: `CN=etcd-server, O=Example`. */
export function formatName(attributes: readonly NameAttribute[]): string {
  if (attributes.length === 0) return '(empty)'
  return attributes.map(({ type, value }) => `${type}=${escapeValue(value)}`).join(', ')
}

/** RFC 4514 §2.4: what separates, and what would move a terminal's cursor or turn the direction of its text. */
function escapeValue(value: string): string {
  return value
    .replace(/[,\\]/g, '\\$&')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
      [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join(''),
    )
}

/** RFC 5280 §7.1: case-insensitive, inner white space folded; here the order does not matter either. */
export function isSameName(a: readonly NameAttribute[], b: readonly NameAttribute[]): boolean {
  return foldName(a).sort().join('\n') === foldName(b).sort().join('\n')
}

/** Attributes as they compare, in their order. */
export function foldName(attributes: readonly NameAttribute[]): string[] {
  return attributes.map(
    ({ type, value }) => `${type}=${value.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()}`,
  )
}
