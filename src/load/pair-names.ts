import type { NameAttribute } from '../model/certificate.ts'
import type { DesiredPair } from '../model/desired.ts'
import { parseGeneralName } from '../x509/general-name.ts'
import { findSubjectFault, subjectFields } from '../x509/name.ts'
import { extendedKeyUsageOids } from '../x509/oids.ts'
import type { PairContext } from './pair-context.ts'
import type { RawAuthority, RawCertificate } from './policy.ts'
import { complain } from './reading.ts'
import { suggest } from './suggest.ts'

type Names = Pick<DesiredPair, 'subject' | 'subjectAltName' | 'keyUsage' | 'extendedKeyUsage'>

export function readNames(context: PairContext, raw: RawAuthority | RawCertificate): Names | undefined {
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

function readSubject(context: PairContext, raw: RawAuthority | RawCertificate): NameAttribute[] | undefined {
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

function checkExtendedUsage(context: PairContext, usage: string, index: number): boolean {
  if (extendedKeyUsageOids[usage] !== undefined || /^[0-2](\.\d{1,10}){1,20}$/.test(usage)) return true
  const names = Object.keys(extendedKeyUsageOids)
  const hint = suggest(usage, names) ?? `there is ${names.join(', ')}, or a dotted OID`
  const complaint = { code: 'invalid-value', message: `there is no extended key usage "${usage}"`, hint }
  complain(context, [context.section, context.name, 'extended_key_usage', index], complaint)
  return false
}
