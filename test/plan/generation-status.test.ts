import { expect, it } from 'vitest'
import type { CertificateFact, HostActual } from '../../src/model/actual.ts'
import type { DesiredPair } from '../../src/model/desired.ts'
import { describeGenerations } from '../../src/plan/generation-status.ts'

const at = new Date('2026-11-23T00:00:00Z')
const path = '/pki/ca.previous.crt'
const pair = {
  kind: 'authority',
  name: 'ca.previous',
  waiting: 'previous',
  placements: [{ address: 'n/authority/ca.previous', host: 'n', certificate: { path } }],
} as unknown as DesiredPair
const until = (notAfter: string) =>
  ({ kind: 'certificate', certificates: [{ notAfter }] }) as unknown as CertificateFact
const show = (fact: CertificateFact | undefined, readOnlyHosts: string[] = [], of = pair) => {
  const host = {
    kind: 'observed',
    host: 'n',
    certificates: fact ? { [path]: fact } : {},
  } as unknown as HostActual
  return describeGenerations(of, { desired: { readOnlyHosts }, actual: { hosts: { n: host } }, at })
}

it.each<[string, CertificateFact, string, number | null]>([
  ['is valid', until('2026-11-24T00:00:00Z'), 'ok', 1],
  ['has expired', until('2026-11-22T00:00:00Z'), 'expired', -1],
  ['cannot be read', { kind: 'unreadable', why: 'not-pem' } as unknown as CertificateFact, 'blocked', null],
])(
  'a generation that %s is shown as one that stands beside its authority',
  (_what, fact, state, daysLeft) => {
    expect(show(fact)).toMatchObject([
      { name: 'ca.previous', waiting: 'previous', state, daysLeft, dueAt: null },
    ])
  },
)

it('a generation that is not there is not shown, nor where it cannot be told, nor on a host of others', () => {
  const there = until('2027-11-23T00:00:00Z')
  expect(show({ kind: 'absent' } as CertificateFact)).toEqual([])
  expect(show(undefined)).toEqual([])
  expect(show(there, ['n'])).toEqual([])
  expect(show(there)).toHaveLength(1)
})
