// A client certificate that lives for minutes, signed by a trust anchor: whoever accepts it trusts that.
// In: a PoolAnchor and the clock of whoever is to judge it. Out: a Canary, in memory only; why there is none.
import { randomBytes } from 'node:crypto'
import type { Certificate } from '../model/certificate.ts'
import type { Canary } from '../model/host.ts'
import type { IssueProfile, PoolAnchor } from '../model/plan.ts'
import { encodePrivateKey, encodeSpki, generatePrivateKey } from '../x509/keys.ts'
import { type Run, refusal, TaskError } from './context.ts'
import { prepareSigner } from './issue.ts'
import { parseOne, signCertificate } from './sign-certificate.ts'

/** Server and client need not agree on the second. */
const backdatedMs = 4 * 60_000
const lifetimeMs = 9 * 60_000
/** Until then one that has been made is presented again. */
export const freshMs = 3 * 60_000

/** The anchor's own certificate. */
export function openAnchor(run: Run, { pem, signers, label }: PoolAnchor): Certificate {
  const [signer] = signers
  const issued = signer?.by === 'planned' ? run.issued.get(signer.pair)?.certificatePem : undefined
  const found = pem ?? issued
  if (found === undefined) throw new TaskError(`${label} was not issued`)
  return parseOne(found)
}

/**
 * Signed wherever the key is: it may have moved in this run, and been moved back. A text: nobody could sign it, and why.
 * It is sent alone: with a bridge behind it, whoever trusts only the other generation would accept it too.
 */
export async function makeCanary(run: Run, anchor: PoolAnchor, clockMs: number): Promise<Canary | string> {
  const certificate = openAnchor(run, anchor)
  if (clockMs < Date.parse(certificate.notBefore) || clockMs > Date.parse(certificate.notAfter))
    return 'nothing that it signs is valid now'
  const key = await generatePrivateKey({ type: 'ECDSA', size: 256 })
  let why = 'its key is not at hand'
  for (const by of anchor.signers) {
    try {
      const signer = await prepareSigner(run, by)
      const signed = await signCertificate({
        what: 'canary',
        profile: makeProfile(clockMs, certificate),
        spki: encodeSpki(key),
        signer,
        itself: () => Promise.reject(new TaskError('it does not sign itself')),
      })
      return { certificatePem: signed.pem, keyPem: Buffer.from(encodePrivateKey(key)).toString() }
    } catch (error) {
      why = refusal(run, 'host' in by ? by.host : '', error)
    }
  }
  return why
}

function makeProfile(clockMs: number, { notBefore, notAfter }: Certificate): IssueProfile {
  const from = Math.max(clockMs - backdatedMs, Date.parse(notBefore))
  const until = Math.min(clockMs - backdatedMs + lifetimeMs, Date.parse(notAfter))
  return {
    // No user of anybody: a server that takes names for users grants it nothing.
    subject: [{ type: 'CN', value: `certwright-canary-${randomBytes(8).toString('hex')}` }],
    subjectAltName: [],
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: ['clientAuth'],
    basicConstraints: { ca: false },
    notBefore: toSeconds(from),
    notAfter: toSeconds(until),
  }
}

/** X.509 knows whole seconds only (RFC 5280 §4.1.2.5). */
function toSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
