import { linkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodePrivateKey } from '../../src/x509/keys.ts'
import { type Engine, makeEngine, type Night, smallPolicy, start } from '../support/engine.ts'
import { authorityProfile, issue } from '../support/issue.ts'

const hosts = ['node-1', 'node-2', 'node-3']
const allowed = { authorities: 1 }

function tell({ plan, result, status }: Night) {
  return {
    done: result.outcomes
      .filter(({ action, status: outcome }) => outcome === 'done' && action !== 'raise')
      .map(({ address }) => address),
    problems: plan.problems.map(({ address, code }) => `${address} ${code}`),
    states: status.certificates
      .filter(({ state }) => state !== 'ok')
      .map(({ address, state }) => `${address} ${state}`)
      .sort(),
  }
}

/** The certificate of the authority may not be replaced there. */
const pin = (engine: Engine, host: string) =>
  linkSync(join(engine.root(host), 'pki/ca.crt'), join(engine.root(host), 'kept.crt'))

describe('a leaf comes to a host together with the authority that signed it:', () => {
  it('it waits where that one has to wait', async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    await engine.apply()
    pin(engine, 'node-3')
    rmSync(join(engine.root(), 'pki/ca.key'))
    const before = engine.read('pki/leaf.crt', 'node-3')
    expect(tell(await engine.night(start, { allowed }))).toEqual({
      done: [
        'node-1/authority/ca',
        'node-1/certificate/leaf',
        'node-2/authority/ca',
        'node-2/certificate/leaf',
      ],
      problems: ['node-3/authority/ca hard-linked', 'node-3/certificate/leaf depends-on-blocked'],
      states: ['node-3/authority/ca differs', 'node-3/certificate/leaf differs'],
    })
    expect(engine.read('pki/leaf.crt', 'node-3')).toEqual(before)
    rmSync(join(engine.root('node-3'), 'kept.crt'))
    expect(tell(await engine.night())).toEqual({
      done: ['node-3/authority/ca', 'node-3/certificate/leaf'],
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

  it('a custom CA does not come as long as the one that serves cannot go everywhere', async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    await engine.apply()
    pin(engine, 'node-3')
    const custom = await issue({ ...authorityProfile, subject: [{ type: 'CN', value: 'corporate' }] })
    await engine.write('custom.crt', custom.certificate.pem)
    await engine.write('custom.key', Buffer.from(encodePrivateKey(custom.key)).toString())
    const supplied = smallPolicy('', 'supplied: { certificate: custom.crt, private_key: custom.key }')
    await engine.write('policy.yml', supplied)
    const { plan } = await engine.night(start, { allowed })
    expect(plan.problems.map(({ address, code }) => `${address} ${code}`)).toEqual([
      'node-1/authority/ca depends-on-blocked',
      'node-2/authority/ca depends-on-blocked',
      'node-3/authority/ca hard-linked',
    ])
    expect(plan.tasks.map(({ kind }) => kind)).toEqual(['alarms', 'alarms', 'alarms'])
    rmSync(join(engine.root('node-3'), 'kept.crt'))
    expect(tell(await engine.night(start, { allowed }))).toMatchObject({ problems: [], states: [] })
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
