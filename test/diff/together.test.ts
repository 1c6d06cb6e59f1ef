import { execFileSync } from 'node:child_process'
import { linkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodePrivateKey } from '../../src/x509/keys.ts'
import {
  type Engine,
  makeEngine,
  middlePolicy,
  type Night,
  outline,
  smallPolicy,
  start,
} from '../support/engine.ts'
import { authorityProfile, issue } from '../support/issue.ts'

const hosts = ['node-1', 'node-2', 'node-3']
const allowed = { authorities: 1 }

function tell({ plan, result, status }: Night) {
  return {
    done: result.outcomes
      .filter(({ action, status: outcome }) => outcome === 'done' && action !== 'raise' && action !== 'clear')
      .map(({ address }) => address),
    problems: plan.problems.map(({ address, code }) => `${address} ${code}`),
    states: status.certificates
      .filter(({ state }) => state !== 'ok')
      .map(({ address, state }) => `${address} ${state}`)
      .sort(),
  }
}

/** The certificate of the authority may not be replaced there. */
const pin = (engine: Engine, host: string, name = 'ca.crt') =>
  linkSync(join(engine.root(host), 'pki', name), join(engine.root(host), 'kept.crt'))

describe('a leaf comes to a host together with the authority that signed it:', () => {
  it('it waits where that one has to wait', async () => {
    const engine = await makeEngine(middlePolicy(), hosts)
    await engine.apply()
    pin(engine, 'node-3', 'middle.crt')
    rmSync(join(engine.root(), 'pki/middle.key'))
    const before = engine.read('pki/leaf.crt', 'node-3')
    expect(tell(await engine.night(start, { allowed }))).toEqual({
      done: [
        'node-1/authority/middle',
        'node-1/certificate/leaf',
        'node-2/authority/middle',
        'node-2/certificate/leaf',
      ],
      problems: ['node-3/authority/middle hard-linked', 'node-3/certificate/leaf depends-on-blocked'],
      states: ['node-3/authority/middle differs', 'node-3/certificate/leaf differs'],
    })
    expect(engine.read('pki/leaf.crt', 'node-3')).toEqual(before)
    rmSync(join(engine.root('node-3'), 'kept.crt'))
    expect(tell(await engine.night())).toEqual({
      done: ['node-3/authority/middle', 'node-3/certificate/leaf'],
      problems: [],
      states: [],
    })
  })

  it('a guard that refuses an authority keeps the leaves that go with it', async () => {
    const engine = await makeEngine(smallPolicy('scope: shared', 'held_by: all'), ['node-1'])
    await engine.apply()
    const other = await makeEngine(smallPolicy('scope: shared', 'held_by: all'), ['node-1', 'node-2'])
    await other.apply()
    for (const name of ['ca.crt', 'ca.key', 'leaf.crt', 'leaf.key'])
      await other.write(`hosts/node-2/pki/${name}`, engine.read(`pki/${name}`).toString())
    expect(tell(await other.night())).toMatchObject({
      done: [],
      problems: ['node-2/guard/authorities guard-exceeded', 'node-2/certificate/leaf depends-on-blocked'],
    })
    expect(other.read('pki/leaf.crt', 'node-2')).toEqual(engine.read('pki/leaf.crt'))
  })

  it('a custom CA signs nothing as long as it is not trusted everywhere', async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    await engine.apply()
    pin(engine, 'node-3')
    const custom = await issue({ ...authorityProfile, subject: [{ type: 'CN', value: 'corporate' }] })
    await engine.write('custom.crt', custom.certificate.pem)
    await engine.write('custom.key', Buffer.from(encodePrivateKey(custom.key)).toString())
    const supplied = 'supplied: { certificate: custom.crt, private_key: custom.key }'
    await engine.write('policy.yml', smallPolicy('', `${supplied}\nrotation: { start: automatic }`))
    const leaf = engine.read('pki/leaf.crt')
    const old = engine.read('pki/ca.crt').toString()
    for (const _night of ['the first', 'the next']) {
      const { plan } = await engine.night(start, { allowed })
      expect(plan.problems.map(({ address, code }) => `${address} ${code}`)).toEqual([
        'node-3/authority/ca hard-linked',
      ])
      expect(plan.rotations).toMatchObject([{ phase: 'trust' }])
      expect(engine.read('pki/leaf.crt')).toEqual(leaf)
      expect(engine.read('pki/ca.crt', 'node-2').toString()).toBe(old + custom.certificate.pem)
      expect(engine.read('pki/ca.crt', 'node-3').toString()).toBe(old)
    }
    rmSync(join(engine.root('node-3'), 'kept.crt'))
    const phases: string[] = []
    for (let nights = 0; nights < 6; nights += 1) {
      const { plan } = await engine.night(start, { allowed })
      expect(plan.problems).toEqual([])
      phases.push(...plan.rotations.map(({ phase }) => phase))
    }
    expect(phases).toEqual(['trust', 'sign', 'distrust', 'finish'])
    for (const host of hosts) expect(engine.read('pki/ca.crt', host).toString()).toBe(custom.certificate.pem)
    expect(engine.read('pki/leaf.crt')).not.toEqual(leaf)
  })

  it('a new certificate for the key of a custom CA leaves nobody behind', async () => {
    const supplied = smallPolicy('', 'supplied: { certificate: custom.crt, private_key: custom.key }')
    const engine = await makeEngine(supplied, hosts)
    const custom = ['-key', 'custom.key', '-subj', '/CN=corporate', '-days', '3650', '-out', 'custom.crt']
    const usage = ['-addext', 'keyUsage=critical,keyCertSign']
    const run = (...args: string[]) =>
      execFileSync('openssl', args, { cwd: engine.folder, stdio: ['ignore', 'ignore', 'pipe'] })
    run('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'custom.key')
    run('req', '-x509', ...custom, ...usage)
    const at = new Date(Date.now() + 3_600_000).toISOString()
    await engine.apply(at)
    pin(engine, 'node-3')
    run('req', '-x509', ...custom, ...usage)
    expect(tell(await engine.night(at, { allowed }))).toMatchObject({
      done: ['node-1/authority/ca', 'node-2/authority/ca'],
      problems: ['node-3/authority/ca hard-linked'],
    })
  })

  it('one that the authority beside it did not sign is not in order', async () => {
    const engine = await makeEngine(smallPolicy(), ['node-1', 'node-2'])
    await engine.apply()
    const other = await makeEngine(smallPolicy())
    await other.apply()
    await engine.write('hosts/node-2/pki/ca.crt', other.read('pki/ca.crt').toString())
    pin(engine, 'node-2')
    expect(tell(await engine.night()).states).toEqual([
      'node-2/authority/ca differs',
      'node-2/certificate/leaf differs',
    ])
  })
})

describe('a custom CA that is out of date', () => {
  const supplied = 'supplied: { certificate: custom.crt, private_key: custom.key }'
  const own = `  own-ca:
    subject: { common_name: own-ca }
    certificate: { path: /pki/own-ca.crt }
    private_key: { path: /pki/own-ca.key }
    validity: 3650d
certificates:
  own:
    authority: own-ca
    subject: { common_name: own }
    extended_key_usage: [clientAuth]
    certificate: { path: /pki/own.crt }
    private_key: { path: /pki/own.key }
    validity: 100d
    renew_before: 15d
  leaf:`

  it.each([
    ['expired', '2027-02-01T00:00:00Z', '2027-03-01T00:00:00Z', 'authority-expired', 'expired'],
    [
      'is not valid yet',
      '2028-01-01T00:00:00Z',
      '2027-03-01T00:00:00Z',
      'authority-not-yet-valid',
      undefined,
    ],
  ])('%s: it and what it signs wait, the rest goes on', async (_how, notAfter, at, code, state) => {
    const engine = await makeEngine(smallPolicy('', supplied).replace('certificates:\n  leaf:', own))
    const dates =
      state === undefined
        ? { notBefore: notAfter, notAfter: '2030-01-01T00:00:00Z' }
        : { notBefore: '2026-11-01T00:00:00Z', notAfter }
    const custom = await issue({
      ...authorityProfile,
      ...dates,
      subject: [{ type: 'CN', value: 'corporate' }],
    })
    await engine.write('custom.crt', custom.certificate.pem)
    await engine.write('custom.key', Buffer.from(encodePrivateKey(custom.key)).toString())
    await engine.apply()
    const { plan, result, status } = await engine.night(at)
    expect(plan.problems.map(({ address, code: each }) => `${address} ${each}`)).toEqual([
      `node-1/authority/ca ${code}`,
      'node-1/certificate/leaf depends-on-blocked',
    ])
    expect(result.outcomes).toContainEqual(
      expect.objectContaining({ address: 'node-1/certificate/own', status: 'done' }),
    )
    const states = status.certificates.map((each) => `${each.name} ${each.state}`)
    expect(states).toContain('own ok')
    if (state === undefined) return
    expect(states).toContain('ca expired')
    expect(result.alarms).toContainEqual(expect.objectContaining({ id: '500.210' }))
  })
})

it('a trusted copy of an authority that is not valid yet is put right, and keeps nobody from renewing', async () => {
  const engine = await makeEngine(smallPolicy('', 'rotation: { start: automatic }'), ['node-1', 'node-2'])
  await engine.apply()
  const odd = await issue({ ...authorityProfile, notBefore: '2040-01-01T00:00:00Z' })
  await engine.write('hosts/node-2/pki/ca.crt', odd.certificate.pem)
  const { plan, status } = await engine.night('2036-01-01T00:00:00Z')
  expect(plan.problems).toEqual([])
  expect(outline(plan)).toEqual(expect.arrayContaining(['renew leaf: expired']))
  expect(engine.read('pki/ca.crt', 'node-2')).toEqual(engine.read('pki/ca.crt'))
  const states = status.certificates.map(({ address, state }) => `${address} ${state}`)
  expect(states.filter((each) => !each.endsWith(' ok'))).toEqual([
    'node-1/authority/ca expires-soon',
    'node-2/authority/ca expires-soon',
  ])
  const next = await engine.night('2036-01-01T00:00:00Z')
  expect(next.plan.problems).toEqual([])
  expect(next.plan.changes.map(({ action, name }) => `${action} ${name}`)).toContain('create ca.next')
})
