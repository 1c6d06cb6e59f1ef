// Chains as a server presents them, and trust files: who refuses which.
import type { Certificate } from '../../src/model/certificate.ts'
import {
  belowConstrained,
  bridge,
  constrained,
  early,
  earlyLeaf,
  expiredBridge,
  forged,
  fromRsa,
  lastLeaf,
  leaf,
  middle,
  middleKeyed,
  mute,
  next,
  old,
  oldLeaf,
  one,
  otherKeyId,
  otherTwin,
  read,
  renewedLeaf,
  rsa,
  rsaLeaf,
  selfIssued,
  spelt,
  speltLeaf,
  stranger,
  toTheSecond,
  twin,
  underMiddle,
  zero,
} from './two-generations.ts'

export interface Presented {
  readonly what: string
  readonly presented: readonly [Certificate, ...Certificate[]]
  readonly anchors: readonly Certificate[]
  readonly at?: string
  /** `strict`: OpenSSL with -x509_strict, where it takes the chain otherwise. */
  readonly refusedBy: readonly Judge[]
}

export type Judge = 'go' | 'openssl' | 'strict'

const nobody: readonly Judge[] = []
const both: readonly Judge[] = ['go', 'openssl']
const go: readonly Judge[] = ['go']
const openssl: readonly Judge[] = ['openssl']

const own = (
  what: string,
  presented: Presented['presented'],
  anchors: readonly Certificate[],
  refusedBy: readonly Judge[],
  at?: string,
): Presented => ({
  what,
  presented,
  anchors,
  refusedBy,
  ...(at === undefined ? {} : { at }),
})
const a = old.certificate
const b = next.certificate

export const presentations: readonly Presented[] = [
  own('a leaf below the root', [oldLeaf], [a], nobody),
  own('a leaf below a root that is not trusted', [oldLeaf], [b], both),
  own('a leaf below one of two roots', [oldLeaf], [b, a], nobody),
  own('a leaf, and nobody is trusted', [oldLeaf], [], both),
  own('a root that is sent as well', [oldLeaf, a], [a], nobody),
  own('a root that is sent and not trusted', [oldLeaf, a], [b], both),
  own('a bridge, for whoever trusts the old root only', [leaf, bridge], [a], nobody),
  own('no bridge, for whoever trusts the old root only', [leaf], [a], both),
  own('a bridge, for whoever trusts the new root only', [leaf, bridge], [b], nobody),
  own('a bridge, for whoever trusts both', [leaf, bridge], [a, b], nobody),
  own('a bridge, for whoever trusts another', [leaf, bridge], [stranger], both),
  own('a bridge from a root that allows no authority below', [leaf, zero.bridge], [zero.root], both),
  own(
    'a bridge from a root of the same subject that allows no authority below',
    [renewedLeaf, selfIssued],
    [zero.root],
    go,
  ),
  own('a bridge from a root that allows one authority below', [leaf, one.bridge], [one.root], nobody),
  own('a bridge that is needed by nobody, from a root that allows none', [leaf, zero.bridge], [b], nobody),
  own('a bridge with another key identifier than the leaf names', [leaf, otherKeyId], [a], openssl),
  own('a bridge that may not sign', [leaf, mute], [a], both),
  own('a bridge that has expired', [leaf, expiredBridge], [a], both),
  own('a bridge that has expired, for whoever trusts the new root', [leaf, expiredBridge], [b], nobody),
  own('a bridge that has expired, before one that has not', [leaf, expiredBridge, bridge], [a], nobody),
  own('the new root before the bridge', [leaf, b, bridge], [a], openssl),
  own('the new root after the bridge', [leaf, bridge, b], [a], nobody),
  own('what has nothing to do with it, before the bridge', [leaf, stranger, oldLeaf, bridge], [a], nobody),
  own('two authorities in the wrong order', [leaf, a, bridge], [a], nobody),
  own('a leaf that another key has signed', [forged], [b], both),
  own('a leaf, when its root has expired', [earlyLeaf], [early.certificate], both),
  own('a leaf, in the last second of its root', [lastLeaf], [toTheSecond.certificate], openssl),
  own(
    'a leaf, a second before the last of its root',
    [lastLeaf],
    [toTheSecond.certificate],
    nobody,
    '2029-12-31T23:59:59Z',
  ),
  own('a leaf in its first second', [oldLeaf], [a], nobody, '2026-01-01T00:00:00Z'),
  own('a leaf, a second too early', [oldLeaf], [a], both, '2025-12-31T23:59:59Z'),
  own('a leaf that has expired', [oldLeaf], [a], both, '2036-01-01T00:00:01Z'),
  own('a leaf of an intermediate that is sent', [underMiddle, middle.certificate], [a], nobody),
  own(
    'a leaf of an intermediate that is trusted with its root',
    [underMiddle],
    [middle.certificate, a],
    nobody,
  ),
  own(
    'a leaf of an intermediate that is trusted without its root',
    [underMiddle],
    [middle.certificate],
    openssl,
  ),
  own(
    'a leaf of a trusted intermediate, whose root is sent only',
    [underMiddle, a],
    [middle.certificate],
    openssl,
  ),
  own('an ECDSA root after an RSA one, by a bridge', [leaf, fromRsa], [rsa.certificate], nobody),
  own('an RSA root before an ECDSA one', [rsaLeaf], [rsa.certificate, b], nobody),
  own(
    'two roots of one subject, and the leaf names the key',
    [twin.withKeyId],
    [otherTwin.root, twin.root],
    nobody,
  ),
  own('the other of them', [otherTwin.withKeyId], [otherTwin.root, twin.root], nobody),
  own('the other of them alone', [otherTwin.withKeyId], [twin.root], both),
  own('one root, and the leaf names no key', [twin.without], [twin.root], ['strict']),
  own('another root of the same subject, and the leaf names no key', [twin.without], [otherTwin.root], both),
  own('a root whose name is spelt otherwise', [read(speltLeaf)], [read(spelt)], go),
  own(
    'names that a root far above does not permit',
    [read(belowConstrained), read(middleKeyed)],
    [read(constrained)],
    both,
  ),
]
