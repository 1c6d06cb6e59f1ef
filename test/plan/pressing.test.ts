import { describe, expect, it } from 'vitest'
import type { Actual } from '../../src/model/actual.ts'
import type { Difference } from '../../src/model/difference.ts'
import { findPressing } from '../../src/plan/pressing.ts'

/** Renewed fifteen days before its end: three days are the last fifth. */
const old = { notBefore: '2027-01-01T00:00:00Z', notAfter: '2027-04-01T00:00:00Z' }
const fresh = { notBefore: '2027-03-17T00:00:00Z', notAfter: '2027-06-15T00:00:00Z' }

interface Given {
  readonly onDisk: typeof old
  readonly write: 'content' | 'nothing'
  readonly served?: typeof old
  readonly action?: 'restart' | 'none'
  readonly kind?: 'certificate' | 'authority'
}

function find({ onDisk, write, served, action = 'restart', kind = 'certificate' }: Given, at: string) {
  const service = {
    host: 'a',
    name: 'web',
    uses: [{ pair: 'leaf', effect: 'restart' }],
    probe: { kind: 'tls', expect: 'leaf' },
  }
  const file = { write, fact: { kind: 'certificate', certificates: [onDisk] } }
  const dueAt = new Date(Date.parse(onDisk.notAfter) - 15 * 86_400_000)
  const placements = [{ placement: { host: 'a' }, dueAt, files: [file] }]
  const difference = {
    pairs: [{ pair: { id: 'leaf', kind }, placements }],
    services: [{ service, action }],
  } as unknown as Difference
  const probe = served && { kind: 'served', certificates: [served] }
  const actual = { hosts: { a: { kind: 'observed', services: { web: { probe } } } } } as unknown as Actual
  const { services, hosts } = findPressing({ actual, difference, at: new Date(at) })
  return { service: services.size > 0, host: hosts.has('a') }
}

const neither = { service: false, host: false }
const both = { service: true, host: true }

describe('what has less than a fifth of its time between due and expired left', () => {
  it.each([
    ['2027-03-28T23:59:59Z', neither],
    ['2027-03-29T00:00:00Z', both],
    ['2027-04-02T00:00:00Z', both],
  ])('and is to be replaced does not wait at %s: %j', (at, pressing) => {
    expect(find({ onDisk: old, write: 'content' }, at)).toEqual(pressing)
  })

  it.each([
    ['2027-03-28T23:59:59Z', neither],
    ['2027-03-29T00:00:00Z', both],
  ])('and is still served, the new one being on disk, does not wait at %s: %j', (at, pressing) => {
    expect(find({ onDisk: fresh, write: 'nothing', served: old }, at)).toEqual(pressing)
  })

  it('is guessed from when the new one was made where nobody can see what the service has', () => {
    expect(find({ onDisk: fresh, write: 'nothing' }, '2027-03-28T23:59:59Z')).toEqual(neither)
    expect(find({ onDisk: fresh, write: 'nothing' }, '2027-03-29T00:00:00Z')).toEqual(both)
  })

  it('is no service that has nothing to take up, and no authority', () => {
    const late = '2027-04-02T00:00:00Z'
    expect(find({ onDisk: fresh, write: 'nothing', action: 'none' }, late)).toEqual(neither)
    expect(find({ onDisk: fresh, write: 'nothing', kind: 'authority' }, late)).toEqual(neither)
  })
})
