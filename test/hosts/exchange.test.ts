import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createLocalHost } from '../../src/hosts/local/local.ts'
import { createSshHost } from '../../src/hosts/ssh/ssh.ts'
import { type ExchangeFact, type Host, nothing, type TlsExchange } from '../../src/model/host.ts'
import { formatHttpRequest, judgeHttp } from '../../src/services/http.ts'
import { encodePrivateKey } from '../../src/x509/keys.ts'
import { freePort } from '../support/etcd.ts'
import { authorityProfile, type Issued, issue, leafProfile } from '../support/issue.ts'
import { makeSecrets } from '../support/secrets.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

const names = (value: string) => [{ type: 'CN', value }]

/** A root and an intermediate, what they signed, and a stranger's. */
let folder: string
let signed: Record<'root' | 'middle' | 'server' | 'expired' | 'client' | 'stranger', Issued>
let sshd: Sshd
beforeAll(async () => {
  sshd = await startSshd()
  folder = mkdtempSync(join(tmpdir(), 'certwright-test-'))
  const root = await issue(authorityProfile)
  const middle = await issue({ ...authorityProfile, subject: names('middle') }, { by: root })
  const stranger = await issue({ ...authorityProfile, subject: names('stranger') })
  signed = {
    root,
    middle,
    stranger,
    server: await issue(leafProfile, { by: middle }),
    expired: await issue({ ...leafProfile, notAfter: '2026-01-02T00:00:00Z' }, { by: middle }),
    client: await issue({ ...leafProfile, subject: names('client') }, { by: root }),
  }
  for (const [name, { certificate, key }] of Object.entries(signed)) {
    writeFileSync(join(folder, `${name}.crt`), certificate.pem)
    writeFileSync(join(folder, `${name}.key`), encodePrivateKey(key))
  }
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  return sshd.stop()
})

/** A server that sends what it is told to, to whoever has asked in full. */
async function serve(
  talk: (socket: TLSSocket, request: string) => void,
  over: TlsOptions = {},
  pair: 'server' | 'expired' = 'server',
): Promise<number> {
  const { certificate, key } = signed[pair]
  const cert = certificate.pem + signed.middle.certificate.pem
  const server = createServer({ cert, key: Buffer.from(encodePrivateKey(key)), ...over }, (socket) => {
    let request = ''
    socket.on('error', () => undefined)
    socket.on('data', (part: Buffer) => {
      request += part.toString()
      if (request.endsWith('\r\n\r\n')) talk(socket, request)
    })
  })
  server.on('tlsClientError', () => undefined)
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, resolve))
  onTestFinished(() => void server.close())
  return port
}

const answer = (body: string, status = '200 OK') => `HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n${body}`
const tell = (text: string) => (socket: TLSSocket) => void socket.end(text)

const makers: Record<string, (root: string) => Host> = {
  'this machine': (root) => createLocalHost({ name: 'local', root }),
  'a host over ssh': (root) => createSshHost({ ...sshd.target, root }, makeSecrets().resolve),
}

describe.each(Object.keys(makers))('a question inside TLS from %s', (from) => {
  const ask = async (port: number, over: Partial<TlsExchange> = {}): Promise<ExchangeFact | undefined> => {
    const host = makers[from]?.(folder)
    if (!host) throw new Error('no such host')
    onTestFinished(() => host.close())
    const target = { hostname: '127.0.0.1', port, target: `/readyz?it's=$(1)` }
    const send = formatHttpRequest(target)
    const request = { ...target, send, maximumBytes: 4096, timeoutMs: 4000, ...over }
    return (await host.gather({ ...nothing, exchanges: [request] })).exchanges[0]
  }

  it('is asked as it is, and the answer comes back as it is, whatever bytes it has', async () => {
    let asked = ''
    const text = answer("Q\nR\n\0ÿ 'ok'\n")
    const port = await serve((socket, request) => {
      asked = request
      socket.end(Buffer.from(text, 'latin1'))
    })
    expect(await ask(port)).toEqual({ kind: 'answered', text })
    expect(asked).toBe(
      `GET /readyz?it's=$(1) HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: certwright\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n`,
    )
  })

  it('is not verified without an authority', async () => {
    const port = await serve(tell(answer('ok')), {}, 'expired')
    expect(await ask(port, { hostname: 'localhost' })).toMatchObject({ kind: 'answered' })
  })

  it.each([
    ['a root', { authority: '/root.crt' }],
    ['an intermediate', { authority: '/middle.crt' }],
    ['a root, by another name', { authority: '/root.crt', serverName: 'leaf.example' }],
  ])('trusts what %s has signed', async (_what, over) => {
    const port = await serve(tell(answer('ok')))
    expect(await ask(port, over)).toMatchObject({ kind: 'answered', text: answer('ok') })
  })

  it.each([
    ['a stranger', { authority: '/stranger.crt' }, 'server', /^its certificate is not trusted: unable to/],
    [
      'nobody that is valid now',
      { authority: '/root.crt' },
      'expired',
      /not trusted: certificate has expired$/,
    ],
    [
      'somebody else',
      { authority: '/root.crt', serverName: 'other.example' },
      'server',
      /^its certificate is not for other\.example$/,
    ],
    [
      'another address',
      { authority: '/root.crt', hostname: '127.0.0.2' },
      'server',
      /^its certificate is not for 127\.0\.0\.2$/,
    ],
    ['whoever', { authority: '/no.crt' }, 'server', /^\/no\.crt, which is to verify it, cannot be read$/],
  ] as const)('asks nothing of %s where it is to be verified', async (_what, over, pair, detail) => {
    let isAsked = false
    const port = await serve(
      (socket) => {
        isAsked = true
        socket.end(answer('ok'))
      },
      {},
      pair,
    )
    expect(await ask(port, over)).toEqual({ kind: 'failed', detail: expect.stringMatching(detail) })
    expect(isAsked).toBe(false)
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('presents a client certificate (%s)', async (version) => {
    const ca = signed.root.certificate.pem
    const over = { ca, requestCert: true, rejectUnauthorized: true, minVersion: version, maxVersion: version }
    const port = await serve(tell(answer('ok')), over)
    const client = (name: string) => ({ client: { certificate: `/${name}.crt`, privateKey: `/${name}.key` } })
    expect(await ask(port, client('client'))).toEqual({ kind: 'answered', text: answer('ok') })
    for (const name of ['stranger', 'expired', 'absent'])
      expect(await ask(port, client(name)), name).toMatchObject({ kind: 'failed' })
  })

  it('says where no client certificate was presented', async () => {
    const port = await serve(tell(answer('ok')))
    const client = { certificate: '/expired.crt', privateKey: '/expired.key' }
    expect(await ask(port, { client })).toMatchObject({
      kind: 'answered',
      detail: "the client's certificate is not valid by this host's clock, and was not presented",
    })
  })

  it('takes no more bytes than are wanted, and no longer than is given', async () => {
    const endless = await serve((socket) => {
      socket.write(answer(''))
      const more = setInterval(() => socket.write('x'.repeat(1000)), 1)
      socket.on('close', () => clearInterval(more))
    })
    const fact = await ask(endless)
    expect(fact?.kind === 'answered' && fact.text.length).toBe(4096)
    const began = performance.now()
    const open = await serve((socket) => void socket.write(answer('ok')))
    expect(await ask(open, { timeoutMs: 1000 })).toEqual({ kind: 'answered', text: answer('ok') })
    const silent = await serve(() => undefined)
    expect(await ask(silent, { timeoutMs: 1000 })).toEqual({ kind: 'failed', detail: 'no answer in time' })
    expect(performance.now() - began).toBeLessThan(9000)
  })

  it('tells a refused connection, a server that speaks no TLS and one that is reached by name apart', async () => {
    expect(await ask(await freePort())).toEqual({ kind: 'failed', detail: 'the connection was refused' })
    const plain = createTcpServer((socket) => socket.end(answer('ok')))
    const port = await freePort()
    await new Promise<void>((resolve) => plain.listen(port, resolve))
    onTestFinished(() => void plain.close())
    expect(await ask(port)).toEqual({ kind: 'failed', detail: 'it does not speak TLS' })
    const shut = await serve((socket) => void socket.end())
    expect(await ask(shut)).toEqual({ kind: 'failed', detail: 'the connection was closed' })
    const named = await serve(tell(answer('ok')))
    expect(await ask(named, { hostname: 'localhost' })).toMatchObject({ kind: 'answered' })
  })

  it('follows no redirect', async () => {
    const port = await serve(tell('HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\n\r\n'))
    const fact = await ask(port)
    expect(fact && judgeHttp({ status: [200] }, fact)).toEqual({
      kind: 'failed',
      detail: 'it answers 302, wanted 200',
    })
  })
})
