import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statfsSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type GatherRequest, type Host, HostError } from '../../src/model/host.ts'
import type { Transaction, TransactionFile } from '../../src/model/transaction.ts'
import {
  describePublicKey,
  encodePrivateKey,
  generatePrivateKey,
  parsePrivateKey,
} from '../../src/x509/keys.ts'
import { authorityProfile, type Issued, issue } from '../support/issue.ts'
import { makeFolder } from '../support/workspace.ts'

/** A host to be tried, and where its root is on this machine. */
export interface Tried {
  readonly host: Host
  /** What stands in front of a path of the host on this machine; '' for the real root. */
  readonly root: string
  /** A folder of the host for the test alone. */
  readonly folder: string
}

const nothing: GatherRequest = {
  certificates: [],
  privateKeys: [],
  texts: [],
  owners: [],
  groups: [],
  commands: [],
  probes: [],
  exchanges: [],
  trusts: [],
}

/** What every Host promises, whatever it is. */
export function describeHost(name: string, make: () => Tried): void {
  describe(name, () => {
    let tried: Tried
    let pair: Issued
    let id: string
    const at = (path: string) => join(tried.root, tried.folder, path)
    const path = (relative: string) => `${tried.folder}/${relative}`
    const put = (relative: string, content: string | Uint8Array) => {
      mkdirSync(dirname(at(relative)), { recursive: true })
      writeFileSync(at(relative), content)
      return path(relative)
    }
    const gatherOne = async (request: Partial<GatherRequest>) => tried.host.gather({ ...nothing, ...request })
    const file = (relative: string, text: string, over: Partial<TransactionFile> = {}): TransactionFile => ({
      path: path(relative),
      content: { kind: 'bytes', bytes: Buffer.from(text) },
      mode: 0o600,
      expect: { kind: 'absent' },
      ...over,
    })
    const transaction = (files: readonly TransactionFile[]): Transaction => ({
      id,
      files,
      pairs: [],
    })
    const listing = (folder = at('.')) =>
      readdirSync(folder, { recursive: true })
        .map(String)
        .filter((each) => !each.startsWith('var'))
        .sort()

    beforeEach(async () => {
      tried = make()
      await tried.host.lock({ run: 'run', holder: 'a test', timeoutMs: 0 })
      onTestFinished(() => tried.host.close())
      id = `test-${randomUUID()}`
      mkdirSync(at('.'), { recursive: true })
      pair ??= await issue(authorityProfile)
    })

    describe('gather', () => {
      it('tells certificates from everything else that can be at a path', async () => {
        mkdirSync(at('directory'))
        symlinkSync('nowhere', at('link'))
        execFileSync('mkfifo', [at('fifo')])
        const server = createServer().listen(at('socket'))
        onTestFinished(() => void server.close())
        const paths = [
          put('good.crt', pair.certificate.pem),
          put('text', 'hello'),
          put('large', Buffer.alloc(1024 * 1024 + 1)),
          ...['absent', 'no/such/folder', 'directory', 'link', 'fifo', 'socket', 'text/below'].map(path),
        ]
        const { certificates } = await gatherOne({ certificates: paths })
        expect(certificates.map((fact) => (fact.kind === 'unreadable' ? fact.problem : fact.kind))).toEqual([
          'certificate',
          'not-a-certificate',
          'too-large',
          'absent',
          'absent',
          'directory',
          'symlink',
          'fifo',
          'socket',
          'io-error',
        ])
        expect(certificates[0]).toMatchObject({
          certificates: [pair.certificate],
          stat: { mode: statSync(at('good.crt')).mode & 0o7777 },
        })
      })

      it('knows a private key by its public half only', async () => {
        const pem = encodePrivateKey(pair.key)
        const { privateKeys } = await gatherOne({ privateKeys: [{ path: put('key', pem) }] })
        expect(privateKeys[0]).toMatchObject({
          kind: 'private-key',
          encrypted: false,
          publicKey: pair.certificate.publicKey,
        })
        const secret = Buffer.from(pem).toString().split('\n')[1]
        expect(secret?.length).toBeGreaterThan(40)
        expect(JSON.stringify(privateKeys)).not.toContain(secret)
      })

      it('opens an encrypted key with its passphrase, and says when it is lacking or wrong', async () => {
        const key = put('key', encodePrivateKey(pair.key, 'right'))
        const { privateKeys } = await gatherOne({
          privateKeys: [
            { path: key },
            { path: key, passphrase: 'wrong' },
            { path: key, passphrase: 'right' },
          ],
        })
        expect(privateKeys.map((fact) => (fact.kind === 'unreadable' ? fact.problem : fact.kind))).toEqual([
          'passphrase-missing',
          'passphrase-wrong',
          'private-key',
        ])
      })

      it('names the folders that are missing, shallowest first', async () => {
        const { missingFolders } = await gatherOne({
          certificates: [path('a/b/c.crt')],
          privateKeys: [{ path: path('a/k.key') }],
        })
        expect(missingFolders).toEqual([path('a'), path('a/b')])
      })

      it('tells how much room there is where files are to be written', async () => {
        const { disks } = await gatherOne({ certificates: [path('a/b/c.crt'), put('d.crt', '')] })
        const { bsize, bfree } = statfsSync(at('.'))
        expect(disks).toEqual([
          { folder: path('').replace(/\/$/, ''), writable: true, freeBytes: expect.any(Number) },
        ])
        expect(Math.abs((disks[0]?.freeBytes ?? 0) / (bsize * bfree) - 1)).toBeLessThan(0.1)
      })

      it('notices other names and access lists of files, and folders that everybody may write to', async () => {
        const plain = put('plain.crt', pair.certificate.pem)
        const linked = put('linked.crt', pair.certificate.pem)
        linkSync(at('linked.crt'), at('other name'))
        const listed = put('listed (1) +.crt', pair.certificate.pem)
        execFileSync('setfacl', ['-m', 'u:nobody:r', at('listed (1) +.crt')])
        const open = put('open/deep/a.crt', pair.certificate.pem)
        chmodSync(at('open'), 0o777)
        const { certificates, disks } = await gatherOne({ certificates: [plain, linked, listed, open] })
        expect(certificates.map((fact) => 'stat' in fact && [fact.stat.links, fact.stat.accessList])).toEqual(
          [
            [1, false],
            [2, false],
            [1, true],
            [1, false],
          ],
        )
        expect(disks.map(({ distrust }) => distrust)).toEqual([
          undefined,
          { folder: path('open'), reason: 'exposed', detail: expect.any(String) },
        ])
        chmodSync(at('open'), 0o1777)
        const again = await gatherOne({ certificates: [open] })
        expect(again.disks.map(({ distrust }) => distrust)).toEqual([undefined])
      })

      it('reads small texts of its own, and runs commands', async () => {
        const answer = await gatherOne({
          texts: [put('note', 'hello'), path('absent')],
          commands: [
            { argv: ['sh', '-c', 'echo out; echo err >&2; exit 3'], timeoutMs: 5000 },
            { argv: ['/no/such/program'], timeoutMs: 5000 },
          ],
        })
        expect(answer.texts).toMatchObject([{ kind: 'text', text: 'hello' }, undefined])
        expect(answer.commands).toMatchObject([
          { kind: 'exited', exitCode: 3, stdout: 'out', stderr: 'err' },
          { kind: 'missing' },
        ])
        expect(Math.abs(answer.clockMs - Date.now())).toBeLessThan(60_000)
      })
    })

    describe('generateKey', () => {
      it('makes a key in a folder of its own that only its owner may read, and gives away the public half', async () => {
        const { stagedPath, spki } = await tried.host.generateKey({
          path: path('new/leaf.key'),
          type: 'ECDSA',
          size: 256,
        })
        const location = join(tried.root, stagedPath)
        expect(location).toMatch(/\/\.certwright-[0-9a-f]{16}\/\d+\/leaf\.key$/)
        expect(statSync(dirname(dirname(location))).mode & 0o7777).toBe(0o700)
        expect(lstatSync(location).mode & 0o7777).toBe(0o600)
        expect(parsePrivateKey(readFileSync(location))).toMatchObject({ publicKey: describePublicKey(spki) })
        expect(existsSync(at('new/leaf.key'))).toBe(false)
        expect(describePublicKey(await tried.host.readPublicKey({ path: stagedPath }))).toEqual(
          describePublicKey(spki),
        )
      })

      it('takes everything back that is not installed', async () => {
        await tried.host.generateKey({
          path: path('new/deep/leaf.key'),
          type: 'ECDSA',
          size: 256,
        })
        await tried.host.discard()
        expect(listing()).toEqual([])
      })
    })

    describe('readPrivateKey', () => {
      it('gives the file as it is', async () => {
        const pem = encodePrivateKey(pair.key, 'secret')
        expect(Buffer.from(await tried.host.readPrivateKey({ path: put('a.key', pem) }))).toEqual(
          Buffer.from(pem),
        )
      })

      it.each(['a.key', 'link/a.key'])('follows no link that leads out of the root: %s', async (key) => {
        const outside = makeFolder()
        writeFileSync(join(outside, 'a.key'), encodePrivateKey(pair.key))
        symlinkSync(join(outside, 'a.key'), at('a.key'))
        // Without a root, a folder may be reached through a link.
        symlinkSync(tried.root === '' ? 'nowhere' : outside, at('link'))
        await expect(tried.host.readPrivateKey({ path: path(key) })).rejects.toThrow(HostError)
      })
    })

    describe('install', () => {
      it('makes folders and files with their content and mode, and nothing else', async () => {
        const outcome = await tried.host.install({
          ...transaction([file('etc/a.crt', 'A', { mode: 0o644 }), file('etc/a.key', 'K')]),
        })
        expect(outcome).toEqual({ kind: 'installed' })
        expect(listing()).toEqual(['etc', 'etc/a.crt', 'etc/a.key'])
        expect(
          [at('etc'), at('etc/a.crt'), at('etc/a.key')].map((each) => statSync(each).mode & 0o7777),
        ).toEqual([0o755, 0o644, 0o600])
        expect(readFileSync(at('etc/a.crt'), 'utf8')).toBe('A')
      })

      it('puts a key in place that was born beside it', async () => {
        const { stagedPath, spki } = await tried.host.generateKey({
          path: path('leaf.key'),
          type: 'Ed25519',
          size: 256,
        })
        await tried.host.install(
          transaction([file('leaf.key', '', { content: { kind: 'staged', stagedPath }, mode: 0o640 })]),
        )
        expect(listing()).toEqual(['leaf.key'])
        expect(statSync(at('leaf.key')).mode & 0o7777).toBe(0o640)
        expect(parsePrivateKey(readFileSync(at('leaf.key')))).toMatchObject({
          publicKey: describePublicKey(spki),
        })
      })

      it('copies a key from one place of the host to another, encrypted or not', async () => {
        const passphrase = 'correct horse'
        const born = { path: path('leaf.key'), type: 'ECDSA', size: 256, passphrase } as const
        const { stagedPath, spki } = await tried.host.generateKey(born)
        const { spkiSha256 } = describePublicKey(spki)
        const copied = { kind: 'copied', from: { path: stagedPath, passphrase }, spkiSha256 } as const
        const outcome = await tried.host.install(
          transaction([
            file('copy/leaf.key', '', { content: copied }),
            file('leaf.key', '', { content: { kind: 'staged', stagedPath } }),
            file('later.key', '', { content: copied }),
          ]),
        )
        expect(outcome).toEqual({ kind: 'installed' })
        expect(readFileSync(at('copy/leaf.key'))).toEqual(readFileSync(at('leaf.key')))
        expect(readFileSync(at('later.key'))).toEqual(readFileSync(at('leaf.key')))
        expect(statSync(at('copy/leaf.key')).mode & 0o7777).toBe(0o600)
        const moved = { ...copied, from: { path: path('leaf.key'), passphrase }, spkiSha256: '0'.repeat(64) }
        const refused = await tried.host.install(transaction([file('other.key', '', { content: moved })]))
        expect(refused).toMatchObject({ kind: 'failed', detail: expect.stringContaining('no longer the') })
        await tried.host.discard()
        expect(listing()).toEqual(['copy', 'copy/leaf.key', 'later.key', 'leaf.key'])
      })

      it('is content with what holds the wanted bytes already, but for its mode', async () => {
        put('a.crt', 'A')
        put('a.key', encodePrivateKey(pair.key))
        put('b.key', encodePrivateKey(pair.key))
        chmodSync(at('a.crt'), 0o666)
        chmodSync(at('b.key'), 0o600)
        const [{ mtimeMs }, { ino }] = [statSync(at('a.crt')), statSync(at('b.key'))]
        const { spkiSha256 } = pair.certificate.publicKey
        const copied = { kind: 'copied', from: { path: path('a.key') }, spkiSha256 } as const
        const outcome = await tried.host.install(
          transaction([
            file('a.crt', 'A', { mode: 0o644, expect: { kind: 'certificate', sha256: '0'.repeat(64) } }),
            file('b.key', '', { content: copied }),
            file('c.crt', 'C'),
          ]),
        )
        expect(outcome).toEqual({ kind: 'installed' })
        expect(statSync(at('a.crt')).mtimeMs).toBeCloseTo(mtimeMs, 1)
        expect(statSync(at('b.key')).ino).toBe(ino)
        expect(statSync(at('a.crt')).mode & 0o7777).toBe(0o644)
        expect(readFileSync(at('c.crt'), 'utf8')).toBe('C')
      })

      it('writes nothing when anything has moved since the plan', async () => {
        put('a.crt', 'changed by somebody')
        const sha256 = createHash('sha256').update('planned').digest('hex')
        const outcome = await tried.host.install(
          transaction([file('b.crt', 'B'), file('a.crt', 'A', { expect: { kind: 'certificate', sha256 } })]),
        )
        expect(outcome).toMatchObject({ kind: 'stale', path: path('a.crt') })
        expect(listing()).toEqual(['a.crt'])
        expect(readFileSync(at('a.crt'), 'utf8')).toBe('changed by somebody')
      })

      it('notices that something appeared, and that a key became another', async () => {
        const other = await generatePrivateKey({ type: 'ECDSA', size: 256 })
        put('a.key', encodePrivateKey(other))
        const expectKey = { kind: 'private-key', spkiSha256: pair.certificate.publicKey.spkiSha256 } as const
        expect((await tried.host.install(transaction([file('a.key', 'x')]))).kind).toBe('stale')
        expect(
          (await tried.host.install(transaction([file('a.key', 'x', { expect: expectKey })]))).kind,
        ).toBe('stale')
      })

      it('changes owner, group and mode alone where the content is kept', async () => {
        put('a.key', encodePrivateKey(pair.key))
        chmodSync(at('a.key'), 0o644)
        const before = statSync(at('a.key'))
        const expectKey = { kind: 'private-key', spkiSha256: pair.certificate.publicKey.spkiSha256 } as const
        const outcome = await tried.host.install(
          transaction([file('a.key', '', { content: { kind: 'kept' }, expect: expectKey })]),
        )
        expect(outcome).toEqual({ kind: 'installed' })
        const after = statSync(at('a.key'))
        expect(after.mode & 0o7777).toBe(0o600)
        expect(after.mtimeMs).toBeCloseTo(before.mtimeMs, 1)
      })

      it('changes nothing when one of its files cannot be placed, and says which', async () => {
        put('a.crt', 'old')
        put('blocker', 'a file where a folder should be')
        const sha256 = createHash('sha256').update('old').digest('hex')
        const before = listing()
        const outcome = await tried.host.install(
          transaction([
            file('a.crt', 'new', { expect: { kind: 'certificate', sha256 } }),
            file('blocker/b.crt', 'B', { expect: { kind: 'absent' } }),
          ]),
        )
        expect(['failed', 'stale']).toContain(outcome.kind)
        expect(outcome).toMatchObject({ path: path('blocker/b.crt') })
        await tried.host.discard()
        expect(listing()).toEqual(before)
        expect(readFileSync(at('a.crt'), 'utf8')).toBe('old')
      })
    })

    describe('install through a link', () => {
      const through = () => path('.a.crt.certwright')
      const linked = (relative: string, text: string, over: Partial<TransactionFile> = {}) =>
        file(relative, text, { through: through(), ...over })
      const expectNow = (relative: string) =>
        ({
          kind: 'certificate',
          sha256: createHash('sha256')
            .update(readFileSync(at(relative)))
            .digest('hex'),
        }) as const
      const install = async (...files: TransactionFile[]) => {
        id = `test-${randomUUID()}`
        expect(await tried.host.install(transaction(files))).toEqual({ kind: 'installed' })
        await tried.host.discard()
      }
      const texts = (...names: string[]) => names.map((name) => readFileSync(at(name), 'utf8'))
      /** Without the folder's own random name. */
      const tree = () =>
        listing()
          .filter((name) => !name.startsWith('.a.crt.certwright/'))
          .map((name) => name.replace(/-[0-9a-f]{16}/, '-…'))
      const linkedTree = [
        '.a.crt.certwright',
        '.a.crt.certwright-…',
        '.a.crt.certwright-…/a.crt',
        '.a.crt.certwright-…/a.key',
        'a.crt',
        'a.key',
      ]

      it('puts files into a folder that one link stands for, and reads them through it', async () => {
        await install(linked('a.crt', 'A1', { mode: 0o644 }), linked('a.key', 'K1'))
        expect(tree()).toEqual(linkedTree)
        expect(readlinkSync(at('a.crt'))).toBe('.a.crt.certwright/a.crt')
        expect(texts('a.crt', 'a.key')).toEqual(['A1', 'K1'])
        expect([statSync(at('a.crt')).mode & 0o7777, statSync(at('a.key')).mode & 0o7777]).toEqual([
          0o644, 0o600,
        ])
        const { certificates } = await gatherOne({ certificates: [path('a.crt')] })
        expect(certificates).toMatchObject([{ kind: 'not-a-certificate', stat: { through: through() } }])
      })

      it('switches all of them by one rename, and takes the old folder away', async () => {
        await install(linked('a.crt', 'A1'), linked('a.key', 'K1'))
        const [inode, before] = [lstatSync(at('a.crt')).ino, readlinkSync(at('.a.crt.certwright'))]
        await install(
          linked('a.crt', 'A2', { expect: expectNow('a.crt') }),
          linked('a.key', 'K2', { expect: expectNow('a.key') }),
        )
        expect(texts('a.crt', 'a.key')).toEqual(['A2', 'K2'])
        expect(lstatSync(at('a.crt')).ino).toBe(inode)
        expect(readlinkSync(at('.a.crt.certwright'))).not.toBe(before)
        expect(tree()).toEqual(linkedTree)
      })

      it('carries over what is not written anew', async () => {
        await install(linked('a.crt', 'A1'), linked('a.key', 'K1', { mode: 0o640 }))
        await install(linked('a.crt', 'A2', { expect: expectNow('a.crt') }))
        expect(texts('a.crt', 'a.key')).toEqual(['A2', 'K1'])
        expect(statSync(at('a.key')).mode & 0o7777).toBe(0o640)
        expect(tree()).toEqual(linkedTree)
      })

      it('changes a mode where the file is, and nothing else', async () => {
        await install(linked('a.crt', 'A1', { mode: 0o644 }), linked('a.key', 'K1'))
        const before = readlinkSync(at('.a.crt.certwright'))
        const kept = { content: { kind: 'kept' }, expect: expectNow('a.crt'), mode: 0o600 } as const
        await install(linked('a.crt', '', kept))
        expect(statSync(at('a.crt')).mode & 0o7777).toBe(0o600)
        expect(readlinkSync(at('.a.crt.certwright'))).toBe(before)
        expect(tree()).toEqual(linkedTree)
      })

      it('comes from plain files, and goes back to them', async () => {
        await install(file('a.crt', 'A1'), file('a.key', 'K1'))
        await install(
          linked('a.crt', 'A1', { expect: expectNow('a.crt') }),
          linked('a.key', 'K1', { expect: expectNow('a.key') }),
        )
        expect(tree()).toEqual(linkedTree)
        await install(
          file('a.crt', 'A2', { expect: expectNow('a.crt') }),
          file('a.key', 'K2', { expect: expectNow('a.key') }),
        )
        expect(tree()).toEqual(['a.crt', 'a.key'])
        expect(texts('a.crt', 'a.key')).toEqual(['A2', 'K2'])
      })

      it('is put back by one rename as well, with modes and times', async () => {
        await install(linked('a.crt', 'A1'), linked('a.key', 'K1', { mode: 0o640 }))
        utimesSync(at('a.crt'), 1_000_000, 1_000_000)
        await install(
          linked('a.crt', 'A2', { expect: expectNow('a.crt') }),
          linked('a.key', 'K2', { expect: expectNow('a.key') }),
        )
        expect(await tried.host.restore({ generation: id, id: `${id}-back`, pairs: [] })).toEqual({
          kind: 'installed',
        })
        await tried.host.discard()
        expect(texts('a.crt', 'a.key')).toEqual(['A1', 'K1'])
        expect(statSync(at('a.key')).mode & 0o7777).toBe(0o640)
        expect(statSync(at('a.crt')).mtimeMs).toBe(1_000_000_000)
        expect(tree()).toEqual(linkedTree)
      })

      it('changes nothing when one of its files cannot be placed', async () => {
        await install(linked('a.crt', 'A1'), linked('a.key', 'K1'))
        put('blocker', 'a file where a folder should be')
        const outcome = await tried.host.install({
          ...transaction([linked('a.crt', 'A2', { expect: expectNow('a.crt') }), file('blocker/b.crt', 'B')]),
          id: `test-${randomUUID()}`,
        })
        expect(['failed', 'stale']).toContain(outcome.kind)
        await tried.host.discard()
        expect(texts('a.crt', 'a.key')).toEqual(['A1', 'K1'])
        expect(tree()).toEqual([...linkedTree, 'blocker'])
      })

      it('follows no other link', async () => {
        symlinkSync('somewhere/a.crt', at('a.crt'))
        const { certificates } = await gatherOne({ certificates: [path('a.crt')] })
        expect(certificates).toMatchObject([{ kind: 'unreadable', problem: 'symlink' }])
        expect((await tried.host.install(transaction([linked('a.crt', 'A1')]))).kind).toBe('stale')
      })
    })

    describe('restore', () => {
      it('puts back old content, mode and time, and removes what was not there', async () => {
        put('a.crt', 'old')
        chmodSync(at('a.crt'), 0o640)
        utimesSync(at('a.crt'), 1_000_000, 1_000_000)
        const sha256 = createHash('sha256').update('old').digest('hex')
        await tried.host.install(
          transaction([
            file('a.crt', 'new', { expect: { kind: 'certificate', sha256 } }),
            file('b.crt', 'B'),
          ]),
        )
        expect(readFileSync(at('a.crt'), 'utf8')).toBe('new')
        expect(await tried.host.restore({ generation: id, id: `${id}-back`, pairs: [] })).toEqual({
          kind: 'installed',
        })
        expect(readFileSync(at('a.crt'), 'utf8')).toBe('old')
        expect(statSync(at('a.crt')).mode & 0o7777).toBe(0o640)
        expect(statSync(at('a.crt')).mtimeMs).toBe(1_000_000_000)
        expect(listing()).toEqual(['a.crt'])
      })

      it('puts back a mode where only that had changed', async () => {
        put('a.crt', 'old')
        chmodSync(at('a.crt'), 0o644)
        const sha256 = createHash('sha256').update('old').digest('hex')
        await tried.host.install(
          transaction([
            file('a.crt', '', { content: { kind: 'kept' }, expect: { kind: 'certificate', sha256 } }),
          ]),
        )
        expect(await tried.host.restore({ generation: id, id: `${id}-back`, pairs: [] })).toEqual({
          kind: 'installed',
        })
        expect(statSync(at('a.crt')).mode & 0o7777).toBe(0o644)
        expect(listing()).toEqual(['a.crt'])
      })
    })

    describe('run', () => {
      it('ends a command that takes too long, with everything that it started', async () => {
        const marker = at('pid')
        const began = performance.now()
        const outcome = await tried.host.run({
          argv: ['sh', '-c', `sleep 60 & echo $! > '${marker}'; wait`],
          timeoutMs: 500,
        })
        expect(outcome.kind).toBe('timed-out')
        expect(performance.now() - began).toBeLessThan(5000)
        const pid = Number(readFileSync(marker, 'utf8'))
        await expect.poll(() => isAlive(pid), { timeout: 3000 }).toBe(false)
      })

      it.each([1, 124, 125, 126, 127, 137, 143, 255])(
        'tells exit status %i as the command has it',
        async (status) => {
          const outcome = await tried.host.run({
            argv: ['sh', '-c', `echo out; exit ${status}`],
            timeoutMs: 10_000,
          })
          expect(outcome).toEqual({ kind: 'exited', exitCode: status, stdout: 'out', stderr: '' })
        },
      )

      it.each(['TERM', 'KILL', 'PIPE'])('does not take SIG%s for an exit status', async (signal) => {
        const outcome = await tried.host.run({
          argv: ['sh', '-c', `echo out; kill -${signal} $$`],
          timeoutMs: 10_000,
        })
        expect(outcome).toEqual({ kind: 'killed', stdout: 'out', stderr: '' })
      })

      it('says that it took too long when it ends by itself on being asked to', async () => {
        const outcome = await tried.host.run({
          argv: ['sh', '-c', 'trap "exit 0" TERM; sleep 60 & wait'],
          timeoutMs: 500,
        })
        expect(outcome).toEqual({ kind: 'timed-out', stdout: '', stderr: '' })
      })

      it.each(['', ' >&2'])(
        'keeps 1 MiB of what is printed%s, and lets the command say the rest',
        async (to) => {
          const outcome = await tried.host.run({
            argv: ['sh', '-c', `head -c 2097152 /dev/zero | tr '\\0' x${to} && echo end${to} && exit 3`],
            timeoutMs: 20_000,
          })
          expect(outcome).toMatchObject({ kind: 'exited', exitCode: 3 })
          expect(outcome.stdout.length + outcome.stderr.length).toBe(1024 * 1024)
          expect(outcome.stdout + outcome.stderr).toMatch(/^x+$/)
        },
      )

      it('ends a command that prints without an end when its time is up', async () => {
        const outcome = await tried.host.run({ argv: ['yes'], timeoutMs: 1000 })
        expect(outcome).toEqual({ kind: 'timed-out', stdout: '', stderr: '' })
      })

      it('does not wait for what a command leaves behind, though that keeps the output open', async () => {
        const began = performance.now()
        const outcome = await tried.host.run({
          argv: ['sh', '-c', `sleep 60 & echo $! > '${at('pid')}'; echo started`],
          timeoutMs: 20_000,
        })
        expect(outcome).toEqual({ kind: 'exited', exitCode: 0, stdout: 'started', stderr: '' })
        expect(performance.now() - began).toBeLessThan(10_000)
        const pid = Number(readFileSync(at('pid'), 'utf8'))
        expect(isAlive(pid)).toBe(true)
        process.kill(pid, 'SIGKILL')
      })

      it('hands the lock to no command', async () => {
        const { stdout } = await tried.host.run({ argv: ['ls', '-l', '/proc/self/fd'], timeoutMs: 10_000 })
        expect(stdout).toContain('0 -> /dev/null')
        expect(stdout).not.toContain('/lock')
      })

      it('passes nothing of this process on but what programs need', async () => {
        process.env.CERTWRIGHT_TEST_SECRET = 'secret'
        onTestFinished(() => void delete process.env.CERTWRIGHT_TEST_SECRET)
        const { stdout } = await tried.host.run({ argv: ['env'], timeoutMs: 5000 })
        expect(stdout).not.toContain('CERTWRIGHT_TEST_SECRET')
        expect(stdout).toContain('LC_ALL=C')
      })
    })

    it('keeps its own state in files that only their owner may read', async () => {
      await tried.host.writeState(path('state/stamp'), 'one\n')
      await tried.host.writeState(path('state/stamp'), 'two\n')
      const location = at('state/stamp')
      expect(readFileSync(location, 'utf8')).toBe('two\n')
      expect(statSync(location).mode & 0o7777).toBe(0o600)
      expect(statSync(dirname(location)).mode & 0o7777).toBe(0o700)
    })
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}
