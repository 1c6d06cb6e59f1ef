import { findCertificateFaults, findRefusals } from '../../x509/chain.ts'
import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'

/** Signed as wanted, and refused all the same by Go or `openssl verify -x509_strict`: for what is in it, or for what its authorities allow. */
export const checkPeersRefuse: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  const { authority, pair } = comparison
  if (!certificate) return undefined
  const own = findCertificateFaults(certificate).filter(({ code }) => code !== 'not-an-authority')
  const refusals = findRefusals(certificate, authority?.superiors ?? [])
  if (own.length + refusals.length === 0) return undefined
  return {
    code: 'peers-refuse',
    message: [...own.map(({ message }) => `it ${message}`), ...refusals].join('; '),
    source: sourceOf(pair, 'certificate'),
  }
}
