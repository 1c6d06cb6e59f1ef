import type { Certificate } from '../model/certificate.ts'

/** Whether what one of them has signed is signed by the other as well (as `isIssuedBy` sees it). */
export function isSameIssuer(one: Certificate, other: Certificate): boolean {
  return (
    one.subjectDer === other.subjectDer &&
    one.publicKey.spkiSha256 === other.publicKey.spkiSha256 &&
    one.subjectKeyId === other.subjectKeyId
  )
}
