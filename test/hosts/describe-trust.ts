import { spawn } from 'node:child_process'
import { type Dirent, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Canary, type Host, nothing } from '../../src/model/host.ts'
import { encodePrivateKey } from '../../src/x509/keys.ts'
import { freePort } from '../support/etcd.ts'
import { authorityProfile, type Issued, issue, leafProfile } from '../support/issue.ts'
import { listens } from '../support/sshd.ts'
import { makeFolder } from '../support/workspace.ts'

/** What every Host promises of those whom a running server trusts. */
export function describeTrust(name: string, open: () => Host): void {
  const visit = () => {
    const host = open()
    onTestFinished(() => host.close())
    return host
  }
  const ask = async (port: number, { hostname = '127.0.0.1', timeoutMs = 8000 } = {}) =>
    (await visit().gather({ ...nothing, trusts: [{ hostname, port, timeoutMs }] })).trusts[0]
  const present = (port: number, canaries: readonly Canary[], timeoutMs = 8000) =>
    visit().presentCanaries({ hostname: '127.0.0.1', port, timeoutMs, canaries })

  describe(name, () => {
    describe.each(['-tls1_2', '-tls1_3'])('a server (%s)', (version) => {
      it('that needs a client certificate names whom it trusts, to the byte as their certificates do', async () => {
        const { folder, named } = await makePki()
        const port = await serve(folder, version, ...demanding)
        expect(sorted(await ask(port))).toEqual({ kind: 'named', names: named })
      })

      it('that asks for a client certificate and names nobody is told from one that does not ask', async () => {
        const { folder } = await makePki()
        expect(await ask(await serve(folder, version, '-Verify', '1'))).toEqual({ kind: 'named', names: [] })
        expect(await ask(await serve(folder, version))).toEqual({ kind: 'indifferent' })
      })

      it('that falls silent once it has named them has named them', async () => {
        const { folder, named } = await makePki()
        const port = await muffle(await serve(folder, version, ...demanding))
        expect(sorted(await ask(port, { timeoutMs: 5000 }))).toEqual({ kind: 'named', names: named })
      })

      it('takes the canaries of those whom it trusts, and no other', async () => {
        const { folder, canary } = await makePki()
        const port = await serve(folder, version, ...demanding)
        const facts = await present(port, [canary.client, canary.stranger, canary.second])
        expect(facts).toEqual([{ kind: 'accepted' }, refused('TLS alert unknown ca'), { kind: 'accepted' }])
      })

      it('is shown what stands behind a canary as well', async () => {
        const { folder, canary } = await makePki()
        const port = await serve(folder, version, ...demanding)
        const alone = {
          ...canary.below,
          certificatePem: canary.below.certificatePem.split(/(?=-----BEGIN)/)[0] ?? '',
        }
        expect(await present(port, [canary.below, alone])).toEqual([
          { kind: 'accepted' },
          refused('TLS alert unknown ca'),
        ])
      })

      it('that sends no session tickets is given time to refuse', async () => {
        const { folder, canary } = await makePki()
        const port = await serve(folder, version, ...demanding, '-no_ticket', '-num_tickets', '0')
        expect(await present(port, [canary.client, canary.stranger])).toEqual([
          { kind: 'accepted' },
          refused('TLS alert unknown ca'),
        ])
      })

      it('that asks for none proves nothing of a canary', async () => {
        const { folder, canary } = await makePki()
        const facts = await present(await serve(folder, version), [canary.client])
        expect(facts).toEqual([{ kind: 'failed', detail: 'it asks for no client certificate' }])
      })
    })

    it('a server that falls silent within the handshake has neither taken a canary nor refused it', async () => {
      const { folder, canary } = await makePki()
      const port = await muffle(await serve(folder, '-tls1_2', ...demanding))
      expect(await present(port, [canary.client], 2000)).toEqual([
        { kind: 'failed', detail: 'no answer in time' },
      ])
    })

    it('a server on an IPv6 address is asked like any other', async () => {
      const { folder, named } = await makePki()
      const port = await freePort()
      await start(folder, '::1', port, ...demanding)
      expect(sorted(await ask(port, { hostname: '::1' }))).toEqual({ kind: 'named', names: named })
    })

    it('a real etcd names them on its client port and its peer port, and takes and refuses there', async () => {
      const { folder, named, canary } = await makePki()
      const { port, peerPort } = await startEtcd(folder)
      for (const each of [port, peerPort]) {
        expect(sorted(await ask(each))).toEqual({ kind: 'named', names: named })
        const facts = await present(each, [canary.client, canary.stranger, canary.second])
        expect(facts.map(({ kind }) => kind)).toEqual(['accepted', 'refused', 'accepted'])
      }
    })

    it.each([
      ['SSH-2.0-OpenSSH_9.2\r\n', 'it does not speak TLS', 8000],
      ['', 'no answer in time', 1000],
    ])('of who greets with "%s" nothing is known', async (greeting, detail, timeoutMs) => {
      const { canary } = await makePki()
      const port = await greet(greeting)
      expect(await ask(port, { timeoutMs })).toEqual({ kind: 'failed', detail })
      expect(await present(port, [canary.client], timeoutMs)).toEqual([{ kind: 'failed', detail }])
    })

    it('nothing that listens is told as such, and so is a canary that cannot be presented', async () => {
      const { folder, canary } = await makePki()
      const failed = { kind: 'failed', detail: 'the connection was refused' }
      const port = await freePort()
      expect(await ask(port)).toEqual(failed)
      expect(await present(port, [canary.client])).toEqual([failed])
      const spoilt = { ...canary.client, keyPem: 'no key' }
      expect(await present(await serve(folder, ...demanding), [spoilt, canary.client])).toEqual([
        { kind: 'failed', detail: "the canary's certificate and key cannot be presented" },
        { kind: 'accepted' },
      ])
    })

    it('the key of a canary is in no file and in no argument or environment of a process', async () => {
      const { canary } = await makePki()
      const port = await greet('')
      let isOver = false
      const presented = present(port, [canary.client], 3000).finally(() => {
        isOver = true
      })
      const secret = canary.client.keyPem.split('\n')[2] ?? ''
      expect(secret.length).toBeGreaterThan(30)
      let looks = 0
      while (!isOver) {
        expect(findInProcesses(secret)).toEqual([])
        expect(findInFiles(tmpdir(), secret)).toEqual([])
        looks += 1
        await sleep(50)
      }
      await presented
      expect(looks).toBeGreaterThan(0)
    })
  })
}

const demanding = ['-CAfile', 'trusted.crt', '-Verify', '3', '-verify_return_error']

/** Two CAs that are trusted, one with all kinds of text in its name; what each has signed; and a stranger. */
async function makePki() {
  const folder = makeFolder()
  const subject = [
    { type: 'O', value: 'Zürich & Söhne' },
    { type: 'CN', value: 'first' },
    { type: 'serialNumber', value: '20261123T000000Z' },
  ]
  const first = await issue({ ...authorityProfile, subject })
  const [second, stranger] = [await named('second'), await named('stranger')]
  const middle = await named('middle', first)
  const server = await issue(leafProfile, { by: first })
  writeFileSync(join(folder, 'trusted.crt'), first.certificate.pem + second.certificate.pem)
  writeFileSync(join(folder, 'server.crt'), server.certificate.pem)
  writeFileSync(join(folder, 'server.key'), encodePrivateKey(server.key))
  return {
    folder,
    named: [first, second].map(({ certificate }) => certificate.subjectDer).sort(),
    canary: {
      client: asCanary(await issue(leafProfile, { by: first })),
      second: asCanary(await issue(leafProfile, { by: second })),
      stranger: asCanary(await issue(leafProfile, { by: stranger })),
      below: asCanary(await issue(leafProfile, { by: middle }), middle),
    },
  }
}

function named(value: string, by?: Issued): Promise<Issued> {
  return issue({ ...authorityProfile, subject: [{ type: 'CN', value }] }, by ? { by } : {})
}

function asCanary({ certificate, key }: Issued, ...behind: Issued[]): Canary {
  const pems = [certificate, ...behind.map((each) => each.certificate)].map(({ pem }) => pem)
  return { certificatePem: pems.join(''), keyPem: String(encodePrivateKey(key)) }
}

async function serve(folder: string, ...options: string[]): Promise<number> {
  const port = await freePort()
  await start(folder, '127.0.0.1', port, ...options)
  return port
}

async function start(folder: string, address: string, port: number, ...options: string[]): Promise<void> {
  const at = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  const args = ['s_server', '-accept', at, '-cert', 'server.crt', '-key', 'server.key', '-quiet', ...options]
  // With an end of its input, s_server would close every connection.
  const child = spawn('openssl', args, { cwd: folder, stdio: ['pipe', 'ignore', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await expect.poll(() => accepts(address, port), { timeout: 10_000 }).toBe(true)
}

function accepts(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address, () => {
      socket.destroy()
      resolve(true)
    }).on('error', () => resolve(false))
  })
}

/** A port before another one, by which the server hears the beginning of every conversation only. */
async function muffle(behind: number): Promise<number> {
  const port = await freePort()
  const server = createServer((client) => {
    const onward = connect(behind, '127.0.0.1')
    client.once('data', (hello: Buffer) => onward.write(hello)).on('error', () => undefined)
    client.on('close', () => onward.destroy())
    onward.on('data', (part: Buffer) => client.write(part)).on('error', () => undefined)
  }).listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  return port
}

async function greet(greeting: string): Promise<number> {
  const port = await freePort()
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write(greeting)
  }).listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  return port
}

async function startEtcd(folder: string): Promise<{ port: number; peerPort: number }> {
  const [port, peerPort] = [await freePort(), await freePort()]
  const [client, peer] = [`https://127.0.0.1:${port}`, `https://127.0.0.1:${peerPort}`]
  const files = (prefix: string) => [
    ...[`--${prefix}client-cert-auth`, `--${prefix}trusted-ca-file`, 'trusted.crt'],
    ...[`--${prefix}cert-file`, 'server.crt', `--${prefix}key-file`, 'server.key'],
  ]
  const args = [
    ...['--name', 'one', '--data-dir', 'data', '--initial-cluster', `one=${peer}`],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
    ...files(''),
    ...files('peer-'),
  ]
  const child = spawn('etcd', args, { cwd: folder, stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  for (const each of [peerPort, port]) await expect.poll(() => listens(each), { timeout: 20_000 }).toBe(true)
  return { port, peerPort }
}

function sorted(fact: object | undefined): object | undefined {
  return fact && 'names' in fact ? { ...fact, names: [...(fact.names as string[])].sort() } : fact
}

function refused(detail: string) {
  return { kind: 'refused', detail }
}

function findInProcesses(secret: string): string[] {
  const processes = readdirSync('/proc').filter((each) => /^\d+$/.test(each))
  const places = processes.flatMap((each) => [`/proc/${each}/cmdline`, `/proc/${each}/environ`])
  return places.filter((place) => readIfThere(place).includes(secret))
}

/** In what has changed lately; other tests make and remove folders meanwhile. */
function findInFiles(folder: string, secret: string): string[] {
  const since = Date.now() - 60_000
  return listIfThere(folder).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return findInFiles(path, secret)
    const stat = entry.isFile() ? statSync(path, { throwIfNoEntry: false }) : undefined
    const isLate = stat !== undefined && stat.mtimeMs > since && stat.size < 65536
    return isLate && readIfThere(path).includes(secret) ? [path] : []
  })
}

function listIfThere(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
