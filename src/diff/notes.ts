import type { Reason } from '../model/change.ts'
import type { PlannedIssue } from '../model/difference.ts'
import type { Comparison } from './comparison.ts'
import { findCertificate } from './comparison.ts'
import { formatDate, formatSpan } from './time.ts'
import { lifetimeDiffers, lifetimeSeconds, plannedWindow, renewalTime } from './validity.ts'

/** What is worth knowing and changes nothing: tolerated differences, lifetimes that wait, validity that had to be cut. */
export function findNotes(
  comparison: Comparison,
  ignored: readonly Reason[],
  issue: PlannedIssue | undefined,
): string[] {
  const { pair, authority, at } = comparison
  const tolerated = ignored.map(({ code, message }) => `tolerated: ${code} ${message}`)
  if (issue) {
    const { clamped } = plannedWindow(pair, authority, at)
    const cut = `valid only until ${formatDate(issue.notAfter)}, as long as ${authority?.name}`
    return clamped ? [...tolerated, cut] : tolerated
  }
  return [...tolerated, ...findLifetimeNotes(comparison)]
}

function findLifetimeNotes({ pair, authority, at, ...rest }: Comparison): string[] {
  const certificate = findCertificate({ pair, at, ...rest })
  if (!certificate) return []
  const notes = []
  if (lifetimeDiffers(pair, certificate, authority))
    notes.push(
      `lifetime ${formatSpan(lifetimeSeconds(certificate))}, wanted ${formatSpan(pair.validitySeconds)}: at the next renewal, ${formatDate(renewalTime(pair, certificate))}`,
    )
  if (authority && at >= renewalTime(pair, certificate))
    notes.push(
      `expires ${formatDate(certificate.notAfter)} together with ${authority.name}: renewing it alone would gain nothing`,
    )
  return notes
}
