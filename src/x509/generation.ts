import type { NameAttribute } from '../model/certificate.ts'
import type { DesiredPair } from '../model/desired.ts'
import { isSameName } from './name.ts'

/**
 * The subject of another generation of an authority: its own, and after it a serialNumber (X.520 §6.2.9) that says when
 * that was made. Names are how certificates, and the running servers that name whom they trust, tell authorities apart.
 * A serialNumber that the policy wants stays what it is.
 */
export function nextSubject(subject: readonly NameAttribute[], at: Date): readonly NameAttribute[] {
  const value = `${at.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
  return [...withoutGeneration(subject), { type: 'serialNumber', value }]
}

/** Whether two names are of one authority, of whichever generation. */
export function isSameAuthority(one: readonly NameAttribute[], other: readonly NameAttribute[]): boolean {
  return isSameName(withoutGeneration(one), withoutGeneration(other))
}

/** Whether a name is the one that the policy wants: of any generation, where one may take the place of another. */
export function goesBy(
  name: readonly NameAttribute[],
  { subject, rotation }: Pick<DesiredPair, 'subject' | 'rotation'>,
): boolean {
  return isSameName(name, subject) || (rotation !== undefined && isSameAuthority(name, subject))
}

/** It comes last, where no policy has its serial_number beside a common_name; and a name of nothing else is no generation. */
function withoutGeneration(subject: readonly NameAttribute[]): readonly NameAttribute[] {
  const last = subject.at(-1)
  const isGeneration = last?.type === 'serialNumber' && /^\d{8}T\d{6}Z$/.test(last.value)
  return isGeneration && subject.length > 1 ? subject.slice(0, -1) : subject
}
