import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { signByCommand } from '../../src/cli/signer.ts'
import type { Argv } from '../../src/model/desired.ts'
import { issueCertificate } from '../../src/x509/issue.ts'
import { encodePrivateKey, encodeSpki, generatePrivateKey } from '../../src/x509/keys.ts'
import { type Engine, makeEngine, outline, smallPolicy } from '../support/engine.ts'
import { authorityProfile } from '../support/issue.ts'
import { judgeChain } from '../support/judges.ts'
import { makeFolder } from '../support/workspace.ts'

const library = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'].find(
  existsSync,
)

/** A token of its own, and the commands that sign with it. The PIN comes from a file: never through arguments. */
function makeToken() {
  const folder = makeFolder()
  const configuration = join(folder, 'softhsm2.conf')
  mkdirSync(join(folder, 'tokens'))
  writeFileSync(configuration, `directories.tokendir = ${folder}/tokens\nobjectstore.backend = file\n`)
  writeFileSync(join(folder, 'pin'), '4711')
  const env = { ...process.env, SOFTHSM2_CONF: configuration }
  const softhsm = (...args: string[]) =>
    execFileSync('softhsm2-util', [...args, '--pin', '4711'], { stdio: 'ignore', env })
  softhsm('--init-token', '--free', '--label', 'ca', '--so-pin', '0815')
  const tool = `SOFTHSM2_CONF=${configuration} PIN=$(cat ${folder}/pin) pkcs11-tool --module ${library} --token-label ca --login --pin env:PIN --sign`
  const rsa: Argv = ['sh', '-c', `${tool} --label rsa --mechanism SHA256-RSA-PKCS`]
  // This token hashes nothing for ECDSA.
  const ecdsa: Argv = [
    'sh',
    '-c',
    `openssl dgst -sha384 -binary | ${tool} --label ecdsa --mechanism ECDSA --signature-format openssl`,
  ]
  return { folder, softhsm, rsa, ecdsa }
}

const specs = { rsa: { type: 'RSA', size: 2048 }, ecdsa: { type: 'ECDSA', size: 384 } } as const

/** A key that is in the token and nowhere else, and the CA certificate that it signed for itself. */
async function makeAuthority(label: 'rsa' | 'ecdsa') {
  const { folder, softhsm, [label]: argv } = makeToken()
  const key = await generatePrivateKey(specs[label])
  const file = join(folder, 'key.pem')
  writeFileSync(file, encodePrivateKey(key), { mode: 0o600 })
  softhsm('--import', file, '--token', 'ca', '--label', label, '--id', '01')
  execFileSync('shred', ['-u', file])
  const sign = (_scheme: string, tbs: Uint8Array) => signByCommand({ argv, timeoutSeconds: 10 }, tbs)
  const issuer = { kind: 'itself' } as const
  const authority = await issueCertificate({
    profile: authorityProfile,
    spki: encodeSpki(key),
    issuer,
    sign,
  })
  return { authority, argv }
}

async function makeSigned(argv: Argv, certificate: string, timeout = '10s'): Promise<Engine> {
  const signer = `supplied: { certificate: token.crt, signer: { command: ${JSON.stringify(argv)}, timeout: ${timeout} } }`
  const policy = smallPolicy('scope: shared', signer).replace('    private_key: { path: /pki/ca.key }\n', '')
  const engine = await makeEngine(policy, ['node-1', 'node-2'])
  await engine.write('token.crt', certificate)
  return engine
}

describe('an authority whose key is in a PKCS#11 token', () => {
  it.each(['rsa', 'ecdsa'] as const)('signs leaves with %s, and its key is on no host', async (label) => {
    const { authority, argv } = await makeAuthority(label)
    const engine = await makeSigned(argv, authority.pem)
    const { outcomes } = await engine.apply()
    expect(outcomes.map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done'])
    for (const host of ['node-1', 'node-2']) {
      expect(engine.read('pki/ca.crt', host).toString()).toBe(authority.pem)
      const leaf = engine.read('pki/leaf.crt', host).toString()
      expect(await judgeChain([leaf, authority.pem])).toEqual({
        openssl: expect.stringMatching(/: OK\n$/),
        gnutls: expect.stringContaining('Verified. The certificate is trusted.'),
      })
      expect(existsSync(join(engine.root(host), 'pki/ca.key'))).toBe(false)
    }
    expect(outline(await engine.plan())).toEqual([])
    expect(outline(await engine.plan('2027-03-01T00:00:00Z'))).toEqual([
      'renew leaf: expires-soon',
      'renew leaf: expires-soon',
    ])
  })

  it.each([
    [
      'fails',
      ['sh', '-c', 'cat >/dev/null; echo no token in slot 0 >&2; exit 1'],
      'sh exited with 1: no token in slot 0',
    ],
    ['does not end', ['sleep', '60'], 'sleep did not end within 1 s'],
    ['prints nothing', ['true'], 'true printed no signature'],
    ['signs something else', ['sh', '-c', 'echo other | openssl dgst -sha256 -binary'], 'no signature by'],
    ['is not there', ['/no/such/signer'], '/no/such/signer could not be started (ENOENT)'],
  ])('whose signer %s issues nothing, and says why', async (_, argv, message) => {
    const { authority } = await makeAuthority('rsa')
    const engine = await makeSigned(argv as unknown as Argv, authority.pem, '1s')
    const { outcomes } = await engine.apply()
    expect(outcomes.filter(({ status }) => status === 'failed')).toMatchObject([
      { address: 'node-1/certificate/leaf', detail: expect.stringContaining(message) },
      { address: 'node-2/certificate/leaf' },
    ])
    expect(existsSync(join(engine.root('node-1'), 'pki/leaf.crt'))).toBe(false)
  })
})
