import type { NameAttribute, NameConstraint, NameConstraints } from '../model/certificate.ts'
import { addressToBytes } from './general-name.ts'
import { foldName } from './name.ts'
import { isDomain } from './name-constraints.ts'

interface Named {
  readonly subject: readonly NameAttribute[]
  readonly subjectAltName: readonly string[]
}

/** As Go: what is above is no authority to be trusted with. Bounds the work that a stranger's certificates make. */
const maximumComparisons = 250_000

/**
 * The names that constraints (RFC 5280 §4.2.1.10) refuse, each completing "AUTHORITY …". Where Go and OpenSSL read a
 * constraint differently, what is permitted is read narrowly and what is excluded widely.
 */
export function findNameRefusals(
  { nameConstraints }: { readonly nameConstraints?: NameConstraints },
  named: Named,
): string[] {
  if (!nameConstraints) return []
  const names = namesOf(named)
  const { permitted, excluded } = nameConstraints
  if (names.length * (permitted.length + excluded.length) > maximumComparisons)
    return ['has too many constraints']
  return names.flatMap((name) => {
    const problem = judge(name, nameConstraints)
    return problem === undefined ? [] : [`${problem} ${name.text}`]
  })
}

type Name =
  | {
      readonly kind: 'DNS' | 'email' | 'URI' | 'IP' | 'unknown'
      readonly text: string
      readonly value: string
    }
  | { readonly kind: 'directory'; readonly text: string; readonly value: readonly NameAttribute[] }

/** Alternative names, the subject, its mail addresses, and its CN where that is the only host name (as OpenSSL has it). */
function namesOf({ subject, subjectAltName }: Named): Name[] {
  const alternative = subjectAltName.map((text): Name => {
    const [kind = '', ...rest] = text.split(':')
    const value = rest.join(':')
    if (kind === 'DNS' || kind === 'email' || kind === 'URI' || kind === 'IP') return { kind, text, value }
    return { kind: 'unknown', text, value }
  })
  const hasDns = alternative.some(({ kind }) => kind === 'DNS')
  const fromSubject = subject.flatMap(({ type, value }): Name[] => {
    const text = `${type}=${value}`
    if (type === 'emailAddress') return [{ kind: 'email', text, value }]
    const isHost = type === 'CN' && !hasDns && /^[\w-]+(\.[\w-]+)+$/.test(value)
    return isHost ? [{ kind: 'DNS', text, value: value.toLowerCase() }] : []
  })
  const whole: Name[] = subject.length > 0 ? [{ kind: 'directory', text: 'its subject', value: subject }] : []
  return [...alternative, ...whole, ...fromSubject]
}

function judge(name: Name, { permitted, excluded }: NameConstraints): string | undefined {
  const all = [...permitted, ...excluded]
  if (name.kind === 'unknown')
    return all.some(({ kind }) => kind === 'unknown' || kind === 'directory')
      ? 'cannot be asked about'
      : undefined
  const ofKind = (constraints: readonly NameConstraint[]) =>
    constraints.filter(({ kind }) => kind === name.kind)
  if (!isComparable(name, ofKind(all).length > 0)) return 'cannot be asked about'
  if (ofKind(excluded).some((constraint) => matches(name, constraint, 'widely'))) return 'excludes'
  const allowed = ofKind(permitted)
  return allowed.length === 0 || allowed.some((constraint) => matches(name, constraint, 'narrowly'))
    ? undefined
    : 'does not permit'
}

/** Under any constraint Go wants names that it can take apart. */
function isComparable(name: Name, isConstrained: boolean): boolean {
  if (name.kind === 'DNS') return isDomain(name.value)
  if (name.kind === 'email')
    return /^[^@\s"]+@[^@]+$/.test(name.value) && isDomain(name.value.split('@')[1] ?? '')
  return name.kind !== 'URI' || !isConstrained || hostOf(name.value) !== undefined
}

type Reading = 'narrowly' | 'widely'

function matches(name: Name, constraint: NameConstraint, reading: Reading): boolean {
  if (name.kind === 'directory')
    return constraint.kind === 'directory' && startsWith(name.value, constraint.name)
  if (constraint.kind === 'IP') return isInRange(name.value, constraint)
  if (constraint.kind === 'DNS') return matchesDns(name.value, constraint.domain, reading)
  if (constraint.kind === 'URI') return matchesHost(hostOf(name.value) ?? '', constraint.domain, reading)
  return constraint.kind === 'email' && matchesMailbox(name.value, constraint.mailbox, reading)
}

/** A wildcard is excluded when one of the names that it stands for is. */
function matchesDns(name: string, domain: string, reading: Reading): boolean {
  if (isWithin(name, domain)) return true
  const parent = name.startsWith('*.') ? name.slice(1) : undefined
  return reading === 'widely' && parent !== undefined && domain.replace(/^\./, '').endsWith(parent)
}

/** OpenSSL reads a domain without a dot in front as one host, Go as all that is below it, too. */
function matchesHost(host: string, domain: string, reading: Reading): boolean {
  if (domain === '' || domain.startsWith('.') || reading === 'widely') return isWithin(host, domain)
  return host === domain
}

function matchesMailbox(address: string, mailbox: string, reading: Reading): boolean {
  const [local = '', host = ''] = address.split('@')
  const [wantedLocal = '', wantedHost] = mailbox.split('@')
  if (wantedHost === undefined) return matchesHost(host.toLowerCase(), mailbox, reading)
  if (host.toLowerCase() !== wantedHost) return false
  return reading === 'narrowly' ? local === wantedLocal : local.toLowerCase() === wantedLocal.toLowerCase()
}

function isWithin(name: string, domain: string): boolean {
  if (domain === '') return true
  if (domain.startsWith('.')) return name.endsWith(domain) && name.length > domain.length
  return name === domain || name.endsWith(`.${domain}`)
}

function isInRange(address: string, { network, mask }: { network: string; mask: string }): boolean {
  const bytes = addressToBytes(address)
  const [base, bits] = [Buffer.from(network, 'hex'), Buffer.from(mask, 'hex')]
  return (
    bytes.length === base.length &&
    bytes.every((byte, index) => ((byte ^ (base[index] ?? 0)) & (bits[index] ?? 0)) === 0)
  )
}

function startsWith(name: readonly NameAttribute[], base: readonly NameAttribute[]): boolean {
  return base.length <= name.length && foldName(base).every((each, index) => foldName(name)[index] === each)
}

/** A host name; addresses and nothing cannot be compared with a constraint. */
function hostOf(uri: string): string | undefined {
  const host = /^[^:]+:\/\/(?:[^/?#@]*@)?([^/?#:[\]]+)/.exec(uri)?.[1]?.toLowerCase()
  return host === undefined || /^[\d.]+$/.test(host) ? undefined : host
}
