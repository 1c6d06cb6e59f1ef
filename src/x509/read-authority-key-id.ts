import type { Certificate } from '../model/certificate.ts'
import { contextTag, type Element, openDer, openOnly, refuse, tags, takeAll } from './der.ts'
import { readUnsigned } from './der-values.ts'
import { generalNameTags } from './read-general-name.ts'

const what = 'authorityKeyIdentifier'

/** RFC 5280 §4.2.1.1: the issuer's key, or its certificate by issuer and serial number, or both. Throws MalformedError. */
export function readAuthorityKeyId(
  value: Buffer | undefined,
): Pick<Certificate, 'authorityKeyId' | 'authorityCertificate'> {
  if (!value) return {}
  const fields = openOnly(value, tags.sequence, what)
  const key = fields.takeOptional(contextTag(0, 'primitive'), what)
  const issuer = fields.takeOptional(contextTag(1, 'constructed'), what)
  const serial = fields.takeOptional(contextTag(2, 'primitive'), what)
  fields.end(what)
  if (!issuer !== !serial) refuse(`has an ${what} with only one of issuer and serial number`)
  return {
    ...(key ? { authorityKeyId: key.content.toString('hex') } : {}),
    ...(issuer && serial
      ? {
          authorityCertificate: {
            issuerDer: readDirectoryNames(issuer),
            serial: readUnsigned(serial, 'serial number').toString('hex'),
          },
        }
      : {}),
  }
}

function readDirectoryNames({ content }: Element): string[] {
  return takeAll(openDer(content), what).flatMap((name) =>
    name.tag === generalNameTags.directory
      ? [openDer(name.content).take(tags.sequence, what).bytes.toString('hex')]
      : [],
  )
}
