import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createLocalHost } from '../../src/hosts/local/local.ts'
import { createSshHost } from '../../src/hosts/ssh/ssh.ts'
import type { Host } from '../../src/model/host.ts'
import { encodePrivateKey } from '../../src/x509/keys.ts'
import { findServedFaults } from '../../src/x509/served.ts'
import { freePort } from '../support/etcd.ts'
import { handMade } from '../support/hand-made.ts'
import { authorityProfile, type Issued, issue, leafProfile } from '../support/issue.ts'
import { makeSecrets } from '../support/secrets.ts'
import { listens, type Sshd, startSshd } from '../support/sshd.ts'
import { makeFolder } from '../support/workspace.ts'
import { malformed } from '../x509/malformed.ts'

interface Pki {
  readonly folder: string
  readonly server: Issued
}

/** A CA, its server and client, a stranger's client, and a client of tomorrow. */
async function makePki(): Promise<Pki> {
  const folder = makeFolder()
  const root = await issue(authorityProfile)
  const stranger = await issue({ ...authorityProfile, subject: [{ type: 'CN', value: 'stranger' }] })
  const server = await issue(leafProfile, { by: root })
  const pairs = {
    server,
    client: await issue(leafProfile, { by: root }),
    stranger: await issue(leafProfile, { by: stranger }),
    tomorrow: await issue({ ...leafProfile, notBefore: '2035-01-01T00:00:00Z' }, { by: root }),
  }
  const middle = await issue(
    { ...authorityProfile, subject: [{ type: 'CN', value: 'middle' }] },
    { by: root },
  )
  const below = await issue(leafProfile, { by: middle })
  writeFileSync(join(folder, 'below.crt'), below.certificate.pem + middle.certificate.pem)
  writeFileSync(join(folder, 'alone.crt'), below.certificate.pem)
  for (const name of ['below', 'alone'])
    writeFileSync(join(folder, `${name}.key`), encodePrivateKey(below.key))
  writeFileSync(join(folder, 'ca.crt'), root.certificate.pem)
  for (const [name, { certificate, key }] of Object.entries(pairs)) {
    writeFileSync(join(folder, `${name}.crt`), certificate.pem)
    writeFileSync(join(folder, `${name}.key`), encodePrivateKey(key))
  }
  return { folder, server }
}

async function serve(folder: string, ...options: string[]): Promise<number> {
  const port = await freePort()
  const args = [
    's_server',
    '-accept',
    String(port),
    '-cert',
    'server.crt',
    '-key',
    'server.key',
    '-quiet',
    ...options,
  ]
  const child = spawn('openssl', args, { cwd: folder, stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  await expect.poll(() => listens(port), { timeout: 10_000 }).toBe(true)
  return port
}

let sshd: Sshd
beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd.stop())

const makers: Record<string, (root: string) => Host> = {
  'this machine': (root) => createLocalHost({ name: 'local', root }),
  'a host over ssh': (root) => createSshHost({ ...sshd.target, root }, makeSecrets().resolve),
}

describe.each(Object.keys(makers))('seen from %s,', (from) => {
  const open = (root: string) => {
    const host = makers[from]?.(root)
    if (!host) throw new Error('no such host')
    onTestFinished(() => host.close())
    return host
  }
  const probe = (folder: string, port: number, client?: string) => {
    const presented =
      client === undefined ? {} : { client: { certificate: `/${client}.crt`, privateKey: `/${client}.key` } }
    return open(folder).probeTls({ hostname: '127.0.0.1', port, timeoutMs: 5000, ...presented })
  }

  describe.each(['-tls1_2', '-tls1_3'])(
    'a handshake with a server that demands a client certificate (%s)',
    (version) => {
      it('shows what is served, and whether the client is taken', async () => {
        const { folder, server } = await makePki()
        const port = await serve(folder, version, '-CAfile', 'ca.crt', '-Verify', '1', '-verify_return_error')
        const served = { kind: 'served', certificates: expect.arrayContaining([server.certificate]) }
        expect(await probe(folder, port, 'client')).toMatchObject({ ...served, clientAccepted: true })
        const rejected = await probe(folder, port, 'stranger')
        expect(rejected).toMatchObject({ clientAccepted: false })
        expect(rejected).toMatchObject(served)
      })

      it("presents what follows the client's certificate in its file: it may be accepted by nothing else", async () => {
        const { folder } = await makePki()
        const port = await serve(folder, version, '-CAfile', 'ca.crt', '-Verify', '2', '-verify_return_error')
        expect(await probe(folder, port, 'below')).toMatchObject({ clientAccepted: true })
        expect(await probe(folder, port, 'alone')).toMatchObject({ clientAccepted: false })
      })

      it('does not present a certificate that the clock rejects: that would prove nothing', async () => {
        const { folder } = await makePki()
        const port = await serve(folder, version)
        const fact = await probe(folder, port, 'tomorrow')
        expect(fact).toMatchObject({
          kind: 'served',
          detail: expect.stringContaining('not valid by this host'),
        })
        expect(fact).not.toHaveProperty('clientAccepted')
      })
    },
  )

  it('a server that wants no client certificate is just looked at', async () => {
    const { folder, server } = await makePki()
    const port = await serve(folder)
    const fact = await probe(folder, port)
    expect(fact).toMatchObject({
      kind: 'served',
      certificates: expect.arrayContaining([server.certificate]),
    })
    expect(fact).not.toHaveProperty('clientAccepted')
  })

  it.each([
    ['as the file has it', ['-cert_chain', 'middle.crt'], []],
    ['with a stranger before it', ['-cert_chain', 'strange.crt'], []],
    ['with what the server trusts', ['-CAfile', 'both.crt'], []],
    ['of before', ['-cert_chain', 'before.crt'], ['other-chain']],
    ['not at all', [], ['other-chain']],
  ])('a chain that is sent %s is judged the same', async (_how, options, codes) => {
    const folder = makeFolder()
    const root = await issue(authorityProfile)
    const profile = { ...authorityProfile, subject: [{ type: 'CN', value: 'middle' }] }
    const middle = await issue(profile, { by: root })
    const before = await issue(
      { ...profile, notAfter: '2040-01-01T00:00:00Z' },
      { by: root, key: middle.key },
    )
    const stranger = await issue({ ...authorityProfile, subject: [{ type: 'CN', value: 'stranger' }] })
    const server = await issue(leafProfile, { by: middle })
    const write = (name: string, ...parts: Issued[]) =>
      writeFileSync(join(folder, name), parts.map(({ certificate }) => certificate.pem).join(''))
    write('server.crt', server)
    writeFileSync(join(folder, 'server.key'), encodePrivateKey(server.key))
    write('middle.crt', middle)
    write('strange.crt', stranger, middle)
    write('both.crt', root, middle)
    write('before.crt', before)
    const fact = await probe(folder, await serve(folder, ...options))
    if (fact.kind !== 'served') throw new Error(JSON.stringify(fact))
    const faults = findServedFaults({
      served: fact.certificates,
      file: [server.certificate, middle.certificate],
      asked: { name: '127.0.0.1', at: new Date() },
    })
    expect(faults.map(({ kind }) => kind)).toEqual(codes)
  })

  it.each(malformed.filter(({ parts }) => parts.spki !== undefined))(
    'a server whose authority has $what harms nobody',
    async ({ parts, detail }) => {
      const folder = makeFolder()
      const authority = handMade(parts)
      const server = handMade({}, authority)
      const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
      write('server.crt', server.pem)
      write('server.key', String(server.key.export({ type: 'pkcs8', format: 'pem' })))
      write('chain.crt', authority.pem)
      const lax = ['-cert_chain', 'chain.crt', '-cipher', 'ALL:@SECLEVEL=0']
      const fact = await probe(folder, await serve(folder, ...lax))
      // Node hands out only those that it can link to the server's own.
      const told = fact.kind === 'served' ? fact.certificates.length : fact.kind === 'failed' && fact.detail
      expect([expect.stringContaining(detail), 1]).toContainEqual(told)
    },
  )

  it('a refused connection, a server that speaks no TLS and one that says nothing are told apart', async () => {
    const folder = makeFolder()
    expect(await probe(folder, await freePort())).toEqual({
      kind: 'failed',
      detail: 'the connection was refused',
    })
    const talk = async (greeting: string) => {
      const port = await freePort()
      const server = createServer((socket) => socket.write(greeting)).listen(port, '127.0.0.1')
      onTestFinished(() => void server.close())
      return open(folder).probeTls({ hostname: '127.0.0.1', port, timeoutMs: 500 })
    }
    expect(await talk('SSH-2.0-OpenSSH_9.2\r\n')).toEqual({ kind: 'failed', detail: 'it does not speak TLS' })
    expect(await talk('')).toEqual({ kind: 'failed', detail: 'no answer in time' })
  })
})
