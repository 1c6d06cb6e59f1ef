import { contextTag, type Element, openDer, openOnly, refuse, tags, takeAll } from './der.ts'
import { readOid } from './der-values.ts'

// Extensions that certwright makes nothing of. Go reads them, and refuses the whole certificate when it cannot.

/** certificatePolicies, RFC 5280 §4.2.1.4: no policy stands twice. */
export function checkPolicies(value: Buffer | undefined): void {
  const seen = new Set<string>()
  for (const fields of openEach(value, 'certificatePolicies')) {
    const policy = readOid(fields.take(tags.oid, 'certificatePolicies'), 'certificatePolicies')
    fields.takeOptional(tags.sequence, 'certificatePolicies')
    fields.end('certificatePolicies')
    if (seen.has(policy)) refuse(`has the policy ${policy} twice`)
    seen.add(policy)
  }
}

/** cRLDistributionPoints, RFC 5280 §4.2.1.13. */
export function checkDistributionPoints(value: Buffer | undefined): void {
  for (const fields of openEach(value, 'cRLDistributionPoints')) {
    const name = fields.takeOptional(contextTag(0, 'constructed'), 'cRLDistributionPoints')
    fields.takeOptional(contextTag(1, 'primitive'), 'cRLDistributionPoints')
    fields.takeOptional(contextTag(2, 'constructed'), 'cRLDistributionPoints')
    fields.end('cRLDistributionPoints')
    if (!name) continue
    const full = openDer(name.content)
    const names = full.take(contextTag(0, 'constructed'), 'cRLDistributionPoints')
    full.end('cRLDistributionPoints')
    takeAll(openDer(names.content), 'cRLDistributionPoints').forEach(checkContextTag)
  }
}

/** authorityInfoAccess, RFC 5280 §4.2.2.1. */
export function checkInformationAccess(value: Buffer | undefined): void {
  for (const fields of openEach(value, 'authorityInfoAccess')) {
    readOid(fields.take(tags.oid, 'authorityInfoAccess'), 'authorityInfoAccess')
    checkContextTag(fields.takeAny('authorityInfoAccess'))
    fields.end('authorityInfoAccess')
  }
}

function openEach(value: Buffer | undefined, what: string) {
  if (!value) return []
  return takeAll(openOnly(value, tags.sequence, what), what).map(({ tag, content }) =>
    tag === tags.sequence ? openDer(content) : refuse(`cannot be read: ${what} is of another type`),
  )
}

/** A GeneralName is tagged by the context. */
function checkContextTag({ tag }: Element): void {
  if ((tag & 0xc0) !== 0x80) refuse('has something that is no name where a name belongs')
}
