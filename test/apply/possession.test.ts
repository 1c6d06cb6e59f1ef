import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Host } from '../../src/model/host.ts'
import type { Result } from '../../src/model/result.ts'
import { makeChallenge } from '../../src/x509/possession.ts'
import { type Engine, makeEngine, smallPolicy, start } from '../support/engine.ts'

const hosts = ['node-1', 'node-2']
const later = new Date(Date.parse(start) + 90 * 86_400_000).toISOString()

function publicHalf(type: 'rsa' | 'ec', size: number, publicExponent = 65_537): Uint8Array {
  const { publicKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: size, publicExponent })
      : generateKeyPairSync('ec', { namedCurve: `P-${size}` })
  return publicKey.export({ type: 'spki', format: 'der' })
}

/** node-2 answers as `over` does; what the authority on node-1 signs is written down. */
async function applyAgainst(
  engine: Engine,
  over: (host: Host) => Partial<Host>,
  at?: string,
): Promise<{ result: Result; signed: number }> {
  let signed = 0
  const bend = (host: Host): Host => {
    if (host.name === 'node-2') return { ...host, ...over(host) }
    return {
      ...host,
      sign: (request) => {
        if (request.path.endsWith('ca.key') && request.tbs[0] === 0x30) signed += 1
        return host.sign(request)
      },
    }
  }
  const result = await engine.apply(at, { bend })
  return { result, signed }
}

const handing = (spki: Uint8Array) => (host: Host) => ({
  generateKey: async (request: Parameters<Host['generateKey']>[0]) => ({
    ...(await host.generateKey(request)),
    spki,
  }),
})

describe('an authority', () => {
  it.each([
    [
      'an RSA key of 512 bits',
      () => publicHalf('rsa', 512),
      'hands out a key of type RSA, 512 bits, wanted ECDSA',
    ],
    ['a key on another curve', () => publicHalf('ec', 384), 'hands out a key of type ECDSA, 384 bits'],
    [
      'a key that it does not have',
      () => publicHalf('ec', 256),
      'does not prove that it has the private one',
    ],
    ['what is no key', () => Buffer.from('!!!'), 'is no public key'],
  ])('signs nothing for a host that hands out %s', async (_what, make, detail) => {
    const engine = await makeEngine(smallPolicy(), hosts)
    // The authority and the host beside it first.
    await engine.apply(undefined, { limit: 'node-1' })
    const { result, signed } = await applyAgainst(engine, handing(make()))
    expect(result.outcomes).toContainEqual(
      expect.objectContaining({
        address: 'node-2/certificate/leaf',
        status: 'failed',
        detail: expect.stringContaining(detail),
      }),
    )
    expect(signed).toBe(0)
    expect(existsSync(join(engine.root('node-2'), 'pki/leaf.crt'))).toBe(false)
    expect(result.alarms).toMatchObject([{ entity: 'host=node-2.service=certwright' }])
    expect(result.needsHuman).toBe(false)
  })

  it('signs nothing for an RSA key that anybody can sign with', async () => {
    const policy = smallPolicy().replace('type: ECDSA, size: 256', 'type: RSA, size: 2048')
    const engine = await makeEngine(policy, hosts)
    const { result } = await applyAgainst(engine, handing(publicHalf('rsa', 2048, 3)))
    expect(result.outcomes).toContainEqual(
      expect.objectContaining({ status: 'failed', detail: 'its public exponent is 3' }),
    )
  })

  it('signs nothing for a key that stays, and that the host no longer has', async () => {
    const policy = smallPolicy().replace('size: 256 }', 'size: 256, rotation: never }')
    const engine = await makeEngine(policy, hosts)
    await engine.apply()
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { sign } = await import('node:crypto')
    const { result, signed } = await applyAgainst(
      engine,
      () => ({ sign: async ({ tbs }) => sign('sha256', tbs, privateKey) }),
      later,
    )
    expect(result.outcomes).toContainEqual(
      expect.objectContaining({
        address: 'node-2/certificate/leaf',
        status: 'failed',
        detail: expect.stringContaining('does not prove'),
      }),
    )
    // The leaf of node-1, and no other.
    expect(signed).toBe(1)
  })
})

it('what a host is asked to sign as proof is never what a certificate is signed over', () => {
  const challenge = Buffer.from(makeChallenge())
  expect(challenge.toString('latin1')).toMatch(/^certwright: proof of possession\0/)
  expect(challenge).not.toEqual(Buffer.from(makeChallenge()))
  expect(() => createPublicKey({ key: challenge, format: 'der', type: 'spki' })).toThrow()
})
