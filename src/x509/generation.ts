import type { NameAttribute } from '../model/certificate.ts'
// stub
export function nextSubject(subject: readonly NameAttribute[], at: Date): NameAttribute[] {
  const value = at.toISOString().slice(0, 19).replace(/[-:]/g, '').concat('Z')
  return [...subject, { type: 'serialNumber', value }]
}
