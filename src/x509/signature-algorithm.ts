import { contextTag, type Element, openDer, openOnly, refuse, tags } from './der.ts'
import { readOid, readSmall } from './der-values.ts'
import { nameOfOid, signatureOids } from './oids.ts'

/** The name of an AlgorithmIdentifier; dotted where nobody verifies with it. Throws MalformedError. */
export function readSignatureAlgorithm({ content }: Element): string {
  const fields = openDer(content)
  const oid = readOid(fields.take(tags.oid, 'its signature algorithm'), 'its signature algorithm')
  const parameters = fields.isDone() ? undefined : fields.takeAny('its signature algorithm')
  fields.end('its signature algorithm')
  const name = nameOfOid(signatureOids, oid)
  if (name === 'Ed25519' && parameters) refuse('has a signature algorithm with parameters')
  if (name !== 'RSASSA-PSS') return name
  return parameters && isCommonPss(parameters) ? name : oid
}

/** SHA-256, SHA-384 and SHA-512, each with a salt as long as itself. */
const saltLengths: Readonly<Record<string, number>> = {
  '2.16.840.1.101.3.4.2.1': 32,
  '2.16.840.1.101.3.4.2.2': 48,
  '2.16.840.1.101.3.4.2.3': 64,
}

/** The parameters of RFC 4055 §3.1 that Go verifies with: one hash throughout, the salt as long as the hash. */
function isCommonPss(parameters: Element): boolean {
  const what = 'its RSASSA-PSS parameters'
  const fields = openOnly(parameters.bytes, tags.sequence, what)
  const [hash, mask, salt, trailer] = [0, 1, 2, 3].map((number) =>
    fields.takeOptional(contextTag(number, 'constructed'), what),
  )
  fields.end(what)
  if (!hash || !mask || !salt || trailer) return false
  const hashOid = readHash(hash.content, what)
  const mgf = openOnly(mask.content, tags.sequence, what)
  if (readOid(mgf.take(tags.oid, what), what) !== '1.2.840.113549.1.1.8') return false
  const maskOid = readHash(mgf.take(tags.sequence, what).bytes, what)
  const length = readSmall(openDer(salt.content).take(tags.integer, what), 'salt length')
  return maskOid === hashOid && saltLengths[hashOid] === length
}

function readHash(bytes: Buffer, what: string): string {
  return readOid(openOnly(bytes, tags.sequence, what).take(tags.oid, what), what)
}
