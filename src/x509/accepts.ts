import type { Certificate } from '../model/certificate.ts'
import { findRefusals } from './chain.ts'
import { isSameName } from './name.ts'
import { findNameRefusals } from './permitted-names.ts'
import { isWeakSignature } from './sign.ts'
import { isForeignKey, isIssuedBy } from './verify.ts'

type Path = readonly [Certificate, ...Certificate[]]

/** Whether whoever trusts `anchors`, and nobody else, accepts what is presented (see `findPath`). */
export function accepts(presented: Path, anchors: readonly Certificate[], at: Date): boolean {
  return findPath(presented, anchors, at) !== undefined
}

/**
 * The way from the first of what is presented up to one of the anchors, both included, for whoever trusts exactly these;
 * undefined: OpenSSL or Go refuses it. What follows the first may be in any order, and hold what has nothing to do with it.
 *
 * Go tries every way. OpenSSL takes one issuer at each step and never comes back, without looking at signatures: one that
 * it trusts, else the first that is sent and valid. Which of several trusted ones, nobody can tell from outside (the
 * order of its store): here all of them have to lead to the end. Nor does it stop at an anchor that is not self-signed
 * (Go does), unless it is told to: such a one is a step, and what is above it has to be trusted as well.
 *
 * Both are as they are when nobody asks for more: what `-x509_strict` wants besides is `findCertificateFaults`.
 */
export function findPath(presented: Path, anchors: readonly Certificate[], at: Date): Path | undefined {
  const [leaf, ...sent] = presented
  const paths = follow([leaf], { sent, anchors: distinct(anchors), at, budget: { steps: maximumSteps } })
  return paths?.every((path) => isSound(path, at)) ? paths[0] : undefined
}

/** What a stranger sends decides how much there is to try. Longer paths are legal, and nobody has any. */
const maximumLength = 10
const maximumSteps = 100

interface Surroundings {
  readonly sent: readonly Certificate[]
  readonly anchors: readonly Certificate[]
  readonly at: Date
  readonly budget: { steps: number }
}

/** Every way that OpenSSL may take from here; undefined: one of them leads nowhere. */
function follow(path: Path, around: Surroundings): Path[] | undefined {
  const last = path.at(-1) ?? path[0]
  around.budget.steps -= 1
  if (path.length > maximumLength || around.budget.steps < 0) return undefined
  if (isSelfSigned(last)) return around.anchors.some((each) => isSame(each, last)) ? [path] : undefined
  const { next, sent } = findNext(path, last, around)
  const paths: Path[] = []
  for (const each of next) {
    const found = follow([...path, each], { ...around, sent })
    if (!found) return undefined
    paths.push(...found)
  }
  return paths.length > 0 ? paths : undefined
}

/** Above a trusted certificate, nothing that was sent is looked at any more. */
function findNext(
  path: Path,
  last: Certificate,
  { anchors, sent, at }: Surroundings,
): { readonly next: readonly Certificate[]; readonly sent: readonly Certificate[] } {
  const isCandidate = (each: Certificate) =>
    isTakenForIssuer(last, each) && !path.some((known) => isSame(known, each))
  const trusted = anchors.filter(isCandidate)
  if (trusted.length > 0) return { next: trusted.filter((each) => isValidAt(each, at)), sent: [] }
  const first = sent.find((each) => isCandidate(each) && isValidAt(each, at))
  return { next: first ? [first] : [], sent }
}

/** X509_check_issued: names in any spelling, key identifiers, and the right to sign. */
function isTakenForIssuer(certificate: Certificate, issuer: Certificate): boolean {
  return (
    isSameName(certificate.issuer, issuer.subject) && !isForeignKey(certificate, issuer) && maySign(issuer)
  )
}

function isSelfSigned(certificate: Certificate): boolean {
  return certificate.subjectDer === certificate.issuerDer && !isForeignKey(certificate, certificate)
}

/** Everything that both judge along a path, signatures last: they take longest. */
function isSound([leaf, ...above]: Path, at: Date): boolean {
  const path = [leaf, ...above]
  return (
    path.every((each) => isValidAt(each, at) && each.unknownExtensions.length === 0) &&
    above.every((each) => each.basicConstraints.ca && maySign(each)) &&
    path.slice(0, -1).every(({ signatureAlgorithm }) => !isWeakSignature(signatureAlgorithm)) &&
    new Set(path.map(nameHolder)).size === path.length &&
    findRefusals(leaf, above).length === 0 &&
    above.every((each, index) => isPermitted(each, above.slice(index + 1))) &&
    path.every((each, index) => isSignedByNext(each, above[index]))
  )
}

/** Go never comes twice to one name with one key. */
function nameHolder({ subjectDer, publicKey }: Certificate): string {
  return `${subjectDer} ${publicKey.spkiSha256}`
}

/** Names of authorities are constrained as well. */
function isPermitted(authority: Certificate, above: readonly Certificate[]): boolean {
  return above.every((each) => findNameRefusals(each, authority).length === 0)
}

/** Nobody looks at an anchor's own signature. */
function isSignedByNext(certificate: Certificate, issuer: Certificate | undefined): boolean {
  return !issuer || isIssuedBy(certificate, issuer).issued
}

/** The last second counts for Go, and no longer for OpenSSL. */
function isValidAt({ notBefore, notAfter }: Certificate, at: Date): boolean {
  return at.getTime() >= Date.parse(notBefore) && at.getTime() < Date.parse(notAfter)
}

/** RFC 5280 §4.2.1.3: without keyUsage, a key may be used for everything. */
function maySign({ keyUsage }: Certificate): boolean {
  return keyUsage.length === 0 || keyUsage.includes('keyCertSign')
}

function isSame(one: Certificate, other: Certificate): boolean {
  return one.fingerprint === other.fingerprint
}

function distinct(certificates: readonly Certificate[]): Certificate[] {
  return [...new Map(certificates.map((each) => [each.fingerprint, each])).values()]
}
