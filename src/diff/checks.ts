import type { Reason, ReasonCode } from '../model/change.ts'
import { checkBasicConstraintsDiffers } from './checks/basic-constraints-differs.ts'
import { checkExpired } from './checks/expired.ts'
import { checkExpiresSoon } from './checks/expires-soon.ts'
import { checkExtendedKeyUsageDiffers } from './checks/extended-key-usage-differs.ts'
import { checkIssuerDiffers } from './checks/issuer-differs.ts'
import { checkKeyMismatch } from './checks/key-mismatch.ts'
import { checkKeySizeDiffers } from './checks/key-size-differs.ts'
import { checkKeyTypeDiffers } from './checks/key-type-differs.ts'
import { checkKeyUsageDiffers } from './checks/key-usage-differs.ts'
import { checkMissing } from './checks/missing.ts'
import { checkNotACertificate } from './checks/not-a-certificate.ts'
import { checkNotAnAuthority } from './checks/not-an-authority.ts'
import { checkNotYetValid } from './checks/not-yet-valid.ts'
import { checkOutlivesAuthority } from './checks/outlives-authority.ts'
import { checkPeersRefuse } from './checks/peers-refuse.ts'
import { checkSanDiffers } from './checks/san-differs.ts'
import { checkSignatureWeak } from './checks/signature-weak.ts'
import { checkSubjectDiffers } from './checks/subject-differs.ts'
import type { Check, Comparison } from './comparison.ts'

/** Every reason for a new certificate, in the order in which they are told. All of them run. */
const issueChecks: readonly Check[] = [
  checkMissing,
  checkNotACertificate,
  checkExpired,
  checkNotYetValid,
  checkExpiresSoon,
  checkKeyMismatch,
  checkIssuerDiffers,
  checkNotAnAuthority,
  checkSubjectDiffers,
  checkSanDiffers,
  checkKeyUsageDiffers,
  checkExtendedKeyUsageDiffers,
  checkBasicConstraintsDiffers,
  checkKeyTypeDiffers,
  checkKeySizeDiffers,
  checkSignatureWeak,
  checkPeersRefuse,
  checkOutlivesAuthority,
]

/** `ignore_differences` names fields; these are the codes they silence. */
export const ignorableCodes: Readonly<Record<string, ReasonCode>> = {
  subject: 'subject-differs',
  subject_alt_name: 'san-differs',
  key_usage: 'key-usage-differs',
  extended_key_usage: 'extended-key-usage-differs',
  basic_constraints: 'basic-constraints-differs',
  key_type: 'key-type-differs',
  key_size: 'key-size-differs',
  signature: 'signature-weak',
  chain: 'chain-differs',
  owner: 'owner-differs',
  group: 'group-differs',
  mode: 'mode-differs',
}

/** All reasons for issuing anew, and the differences that the policy tolerates. */
export function findIssueReasons(comparison: Comparison): { reasons: Reason[]; ignored: Reason[] } {
  const found = issueChecks.flatMap((check) => check(comparison) ?? [])
  return splitIgnored(found, comparison.pair.ignoreDifferences)
}

export function splitIgnored(
  found: readonly Reason[],
  ignoreDifferences: readonly string[],
): { reasons: Reason[]; ignored: Reason[] } {
  const codes = ignoreDifferences.map((field) => ignorableCodes[field])
  return {
    reasons: found.filter(({ code }) => !codes.includes(code)),
    ignored: found.filter(({ code }) => codes.includes(code)),
  }
}
