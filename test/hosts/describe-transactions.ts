import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { formatGeneration, type GenerationEntry } from '../../src/hosts/transaction/journal.ts'
import { type Host, HostError } from '../../src/model/host.ts'
import type { Transaction, TransactionFile } from '../../src/model/transaction.ts'
import { encodePrivateKey, generatePrivateKey } from '../../src/x509/keys.ts'
import { authorityProfile, issue } from '../support/issue.ts'
import { describeForeign } from './describe-foreign.ts'
import { describeRemovals } from './describe-removals.ts'

/** A host that several runs come to. */
export interface Visited {
  /** Another run's connection; closed by the test. */
  readonly open: () => Host
  readonly root: string
  /** A folder of the host for the test alone. */
  readonly folder: string
  /** certwright's own folder, on this machine. */
  readonly state: string
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** What every Host promises about locks, transactions that did not end, and what stands in their way. */
export function describeTransactions(name: string, make: () => Visited): void {
  describe(name, () => {
    let visited: Visited
    const visit = () => {
      const host = visited.open()
      onTestFinished(() => host.close())
      return host
    }
    const take = async (run = 'run', holder = 'a test', timeoutMs = 0) => {
      const host = visit()
      return { host, outcome: await host.lock({ run, holder, timeoutMs }) }
    }
    const path = (relative: string) => `${visited.folder}/${relative}`
    const at = (relative: string) => join(visited.root, visited.folder, relative)
    const put = (relative: string, text: string | Uint8Array) => {
      mkdirSync(dirname(at(relative)), { recursive: true })
      writeFileSync(at(relative), text, { mode: 0o644 })
    }
    const read = (relative: string) => readFileSync(at(relative), 'utf8')
    const replace = (relative: string, from: string, to: string | Uint8Array): TransactionFile => ({
      path: path(relative),
      content: { kind: 'bytes', bytes: Buffer.from(to) },
      mode: 0o644,
      expect: from === '' ? { kind: 'absent' } : { kind: 'certificate', sha256: sha256(from) },
    })
    const transaction = (id: string, files: readonly TransactionFile[]): Transaction => ({
      id,
      files,
      pairs: [],
    })

    beforeEach(() => {
      visited = make()
      mkdirSync(at('.'), { recursive: true })
    })

    describe('lock', () => {
      it('of another run is in the way, and says whose it is', async () => {
        await take('first', 'first@here (pid 1)')
        const { outcome } = await take('second')
        expect(outcome).toEqual({ kind: 'busy', by: 'first@here (pid 1)' })
      })

      it('is shared by a run that comes to the host under two names, and stays with the first', async () => {
        await take('first', 'first')
        const second = await take('first')
        expect(second.outcome).toEqual({ kind: 'locked', recoveries: [], swept: 0 })
        await second.host.close()
        expect((await take('other')).outcome).toMatchObject({ kind: 'busy' })
      })

      it('is waited for, and given back at the end', async () => {
        const first = await take('first')
        const second = take('second', 'second', 10_000)
        await sleep(300)
        await first.host.close()
        expect((await second).outcome).toMatchObject({ kind: 'locked' })
      })

      it.each([
        ['a folder', (location: string) => mkdirSync(location)],
        ['a FIFO', (location: string) => execFileSync('mkfifo', [location])],
        ['a link', (location: string) => symlinkSync('elsewhere', location)],
      ])('is not taken where %s is in its place: it says so, and waits for nobody', async (_, make) => {
        mkdirSync(visited.state, { recursive: true, mode: 0o700 })
        make(join(visited.state, 'lock'))
        const host = visit()
        const why = `${join(visited.state, 'lock')} is no file`
        await expect(host.lock({ run: 'run', holder: 'a test', timeoutMs: 0 })).rejects.toThrow(why)
        const refused = await host.install(transaction('t', [replace('a.crt', '', 'A')]))
        expect(refused).toMatchObject({ kind: 'stuck', detail: expect.stringContaining(why) })
        expect(readdirSync(visited.state)).toEqual(['lock'])
      })

      it('is needed for everything that changes the host', async () => {
        const host = visit()
        const key = { path: path('a.key'), type: 'ECDSA', size: 256 } as const
        await expect(host.generateKey(key)).rejects.toThrow(HostError)
        expect(await host.install(transaction('t', [replace('a.crt', '', 'A')]))).toMatchObject({
          kind: 'stuck',
        })
        expect(await host.restore({ generation: 't', id: 'u', pairs: [] })).toMatchObject({ kind: 'stuck' })
        expect(readdirSync(at('.'))).toEqual([])
      })
    })

    describe('certwright’s own folder', () => {
      const outside = () => {
        const folder = mkdtempSync(join(tmpdir(), 'certwright-outside-'))
        onTestFinished(() => rmSync(folder, { recursive: true }))
        return folder
      }
      const above = () => dirname(dirname(visited.state))
      const refused = `others may lead the way to`

      it('may be where a link of ours says', async () => {
        mkdirSync(join(visited.root, 'disk'))
        mkdirSync(dirname(visited.state), { recursive: true })
        symlinkSync(join(visited.root, 'disk'), visited.state)
        const { host } = await take()
        expect(await host.install(transaction('t', [replace('a.crt', '', 'A')]))).toEqual({
          kind: 'installed',
        })
        expect(readdirSync(join(visited.root, 'disk'))).toContain('generations')
      })

      it('is not made where a link leads out of the root', async () => {
        const elsewhere = outside()
        symlinkSync(elsewhere, above())
        await expect(take()).rejects.toThrow(refused)
        await expect(visit().writeState('/var/lib/certwright/alarms.json', '{}')).rejects.toThrow(refused)
        expect(readdirSync(elsewhere)).toEqual([])
      })

      it.runIf(process.getuid?.() === 0)('is not made in a folder of somebody else', async () => {
        mkdirSync(above())
        chownSync(above(), 64_001, 64_001)
        await expect(take()).rejects.toThrow(refused)
        await expect(visit().writeState('/var/lib/certwright/alarms.json', '{}')).rejects.toThrow(refused)
        expect(readdirSync(above())).toEqual([])
      })

      it.each([
        ['a file', (location: string) => writeFileSync(location, '')],
        ['a FIFO', (location: string) => execFileSync('mkfifo', [location])],
        ['a link to nowhere', (location: string) => symlinkSync('/nowhere', location)],
      ])('is not looked for where the root is %s: the host is not there', async (_, make) => {
        rmSync(visited.root, { recursive: true })
        make(visited.root)
        const nothing = { certificates: [], privateKeys: [], texts: [], owners: [], groups: [] }
        const why = `${visited.root} is no folder`
        await expect(
          visit().gather({ ...nothing, commands: [], probes: [], exchanges: [], trusts: [] }),
        ).rejects.toThrow(why)
        await expect(take()).rejects.toThrow(why)
      })
    })

    describe('a transaction that an earlier run did not end', () => {
      const leave = (journal: string) => {
        const generation = join(visited.state, 'generations', '00000003-earlier')
        mkdirSync(generation, { recursive: true })
        writeFileSync(join(generation, 'journal'), journal)
        return generation
      }
      /** `old` was replaced by `new`, or was to be. */
      const entry = (name: string): GenerationEntry => ({
        action: 'replace',
        location: at(name),
        before: {
          kind: 'file',
          sha256: sha256('old'),
          mode: 0o640,
          uid: process.getuid?.() ?? 0,
          gid: process.getgid?.() ?? 0,
          modified: '1000000.000000000',
        },
        after: { kind: 'file', sha256: sha256('new') },
        staged: at(`${room}/0/${name}`),
      })
      const room = '.certwright-0123456789abcdef'

      it('is finished when everything is there, and told in interrupted before', async () => {
        const generation = leave(formatGeneration([entry('a.crt'), entry('a.key')]))
        put('a.crt', 'new')
        put('a.key', 'old')
        put(`${room}/0/a.key`, 'new')
        const { outcome } = await take()
        const paths = [at('a.crt'), at('a.key')]
        const recoveries = [{ id: 'earlier', outcome: 'finished', paths }]
        expect(outcome).toMatchObject({ kind: 'locked', recoveries })
        expect([read('a.crt'), read('a.key')]).toEqual(['new', 'new'])
        expect(readdirSync(generation)).toEqual(['manifest'])
      })

      it('is undone when something is lost, with content and mode; what is somebody else’s stays', async () => {
        const generation = leave(formatGeneration([entry('a.crt'), entry('a.key'), entry('b.crt')]))
        for (const name of ['0', '1', '2']) writeFileSync(join(generation, name), 'old')
        put('a.crt', 'new')
        put('a.key', 'old')
        put('b.crt', 'theirs')
        const { outcome } = await take()
        expect(outcome).toMatchObject({ recoveries: [{ outcome: 'undone' }] })
        expect([read('a.crt'), read('a.key'), read('b.crt')]).toEqual(['old', 'old', 'theirs'])
        expect(lstatSync(at('a.crt')).mode & 0o7777).toBe(0o640)
        expect(existsSync(generation)).toBe(false)
      })

      const whole = () => formatGeneration([entry('a.crt'), { ...entry('a.key'), action: 'remove' }])
      const elsewhere = (over: Partial<GenerationEntry>) => formatGeneration([{ ...entry('a.crt'), ...over }])
      it.each([
        ['is none', () => 'not a journal\n', 'damaged'],
        ['is empty', () => '', 'damaged'],
        ['was cut in its last line', () => whole().slice(0, -20), 'damaged'],
        ['has no last line', () => whole().replace(/end .*\n/, ''), 'damaged'],
        ['has lost a field', () => whole().replace(/ \S+\nend/, '\nend'), 'damaged'],
        ['has lost a line', () => whole().replace(/replace .*\n/, ''), 'damaged'],
        ['is of another version', () => whole().replace('generation 2', 'generation 9'), 'damaged'],
        [
          'names a file outside of the root',
          () => elsewhere({ action: 'remove', location: '/etc/passwd' }),
          'cannot mean',
        ],
        [
          'climbs out',
          () => elsewhere({ action: 'remove', location: at('../../../etc/passwd') }),
          'cannot mean',
        ],
        ['waits where nothing is staged', () => elsewhere({ staged: at('theirs/a.crt') }), 'cannot mean'],
      ])('with a journal that %s stops everything until somebody has looked', async (_, write, why) => {
        const journal = write()
        const generation = leave(journal)
        put('a.crt', 'old')
        put('a.key', 'old')
        put(`${room}/0/a.crt`, 'new')
        const { host, outcome } = await take()
        expect(outcome).toMatchObject({
          kind: 'locked',
          recoveries: [{ outcome: 'failed', detail: expect.stringContaining(why) }],
        })
        const refused = await host.install(transaction('t', [replace('a.crt', 'old', 'new')]))
        expect(refused).toMatchObject({ kind: 'stuck', detail: expect.stringContaining(why) })
        expect([read('a.crt'), read('a.key')]).toEqual(['old', 'old'])
        expect(readFileSync(join(generation, 'journal'), 'utf8')).toBe(journal)
      })

      it('whose journal keeps every reader waiting is read by nobody', async () => {
        const generation = leave('')
        rmSync(join(generation, 'journal'))
        execFileSync('mkfifo', [join(generation, 'journal')])
        const { outcome } = await take()
        expect(outcome).toMatchObject({
          recoveries: [{ outcome: 'failed', detail: expect.stringContaining('damaged') }],
        })
        expect(await (await take('other')).host.listGenerations()).toEqual([])
      })

      it('of which what was kept keeps every reader waiting is not undone', async () => {
        const generation = leave(formatGeneration([entry('a.crt')]))
        execFileSync('mkfifo', [join(generation, '0')])
        const { outcome } = await take()
        const lost = `what was kept is lost: ${join(generation, '0')}`
        expect(outcome).toMatchObject({
          recoveries: [{ outcome: 'failed', detail: expect.stringContaining(lost) }],
        })
      })

      it('is forgotten when it had not begun to change anything', async () => {
        const generation = leave('')
        rmSync(join(generation, 'journal'))
        writeFileSync(join(generation, '0'), 'old')
        expect((await take()).outcome).toMatchObject({ kind: 'locked', recoveries: [] })
        expect(existsSync(generation)).toBe(false)
      })

      it('is not what somebody else put beside it: that stays, and stops nothing', async () => {
        const folder = join(visited.state, 'generations')
        for (const name of ['lost+found', 'mine']) mkdirSync(join(folder, name), { recursive: true })
        writeFileSync(join(folder, 'mine', 'journal'), 'not a journal\n')
        writeFileSync(join(folder, 'README'), 'theirs\n')
        const { host, outcome } = await take()
        expect(outcome).toMatchObject({ kind: 'locked', recoveries: [] })
        expect(await host.install(transaction('t', [replace('a.crt', '', 'A')]))).toEqual({
          kind: 'installed',
        })
        expect((await host.listGenerations()).map(({ id }) => id)).toEqual(['t'])
        expect(readdirSync(folder)).toEqual(['00000001-t', 'README', 'lost+found', 'mine'])
      })

      it('leaves no staged files; nothing else is taken away, whatever the list says', async () => {
        const theirs = 'theirs.key'
        put(`${room}/0/a.key`, 'half a key')
        put(theirs, 'theirs')
        mkdirSync(at('made'))
        const line = (kind: string, name: string) => `${kind} ${Buffer.from(at(name)).toString('base64')}\n`
        mkdirSync(join(visited.state, 'staged'), { recursive: true })
        const list =
          line('folder', 'made') + line('staging', room) + line('staging', theirs) + line('tree', theirs)
        writeFileSync(
          join(visited.state, 'staged', 'run'),
          `${list}staging ${Buffer.from(at('')).toString('base64')}`,
        )
        expect((await take()).outcome).toMatchObject({ kind: 'locked', swept: 1 })
        expect(readdirSync(at('.'))).toEqual([theirs])
        expect(readdirSync(join(visited.state, 'staged'))).toEqual([])
      })
    })

    describe('generations', () => {
      it('are listed, with the certificates that they hold and never a key', async () => {
        const { certificate, key } = await issue(authorityProfile)
        const pem = Buffer.from(encodePrivateKey(key)).toString()
        put('a.crt', certificate.pem)
        put('a.key', pem)
        const { host } = await take()
        const { spkiSha256 } = certificate.publicKey
        const expectKey = { kind: 'private-key', spkiSha256 } as const
        const files = [
          replace('a.crt', certificate.pem, 'new'),
          { ...replace('a.key', '', 'new'), mode: 0o600, expect: expectKey },
          replace('b.crt', '', 'B'),
        ]
        expect(await host.install(transaction('t', files))).toEqual({ kind: 'installed' })
        const listed = await host.listGenerations()
        expect(listed).toEqual([
          {
            id: 't',
            files: [
              { path: path('a.crt'), was: 'present', certificate },
              { path: path('a.key'), was: 'present' },
              { path: path('b.crt'), was: 'absent' },
            ],
          },
        ])
        expect(JSON.stringify(listed)).not.toContain(pem.split('\n')[1])
      })

      it('have nowhere to be where a file has their place: nothing is begun', async () => {
        mkdirSync(visited.state, { recursive: true, mode: 0o700 })
        writeFileSync(join(visited.state, 'generations'), 'theirs')
        put('a.crt', 'old')
        const { host } = await take()
        expect(await host.install(transaction('t', [replace('a.crt', 'old', 'new')]))).toMatchObject({
          kind: 'failed',
          path: join(visited.state, 'generations/00000001-t'),
        })
        await host.discard()
        expect([readdirSync(at('.')), read('a.crt')]).toEqual([['a.crt'], 'old'])
      })

      it('come back in a transaction that can be taken back itself', async () => {
        put('a.crt', 'old')
        const { host } = await take()
        await host.install(transaction('t1', [replace('a.crt', 'old', 'new'), replace('b.crt', '', 'B')]))
        expect(await host.restore({ generation: 't1', id: 't2', pairs: [] })).toEqual({ kind: 'installed' })
        expect([read('a.crt'), existsSync(at('b.crt'))]).toEqual(['old', false])
        expect(await host.restore({ generation: 't2', id: 't3', pairs: [] })).toEqual({ kind: 'installed' })
        expect([read('a.crt'), read('b.crt')]).toEqual(['new', 'B'])
        expect((await host.listGenerations()).map(({ id }) => id)).toEqual(['t1', 't2', 't3'])
        expect(await host.restore({ generation: 'none', id: 't4', pairs: [] })).toMatchObject({
          kind: 'failed',
        })
      })

      it('come back in part, as often as there are parts, and nothing else changes', async () => {
        const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
        for (const name of names) put(`${name}.crt`, 'old')
        const { host } = await take()
        await host.install(
          transaction('t', [
            ...names.map((name) => replace(`${name}.crt`, 'old', `new ${name}`)),
            replace('z.crt', '', 'new z'),
          ]),
        )
        const contents = () => names.map((name) => read(`${name}.crt`))
        const old = (count: number) => names.map((name, index) => (index < count ? 'old' : `new ${name}`))
        for (const [index, name] of names.entries()) {
          const paths = [path(`${name}.crt`)]
          expect(await host.restore({ generation: 't', id: `u${index}`, paths, pairs: [] })).toEqual({
            kind: 'installed',
          })
          expect([contents(), read('z.crt')]).toEqual([old(index + 1), 'new z'])
        }
        expect(await host.restore({ generation: 't', id: 'v', paths: [path('z.crt')], pairs: [] })).toEqual({
          kind: 'installed',
        })
        expect(existsSync(at('z.crt'))).toBe(false)
        expect(await host.restore({ generation: 'u2', id: 'w', pairs: [] })).toMatchObject({
          detail: 'there is no such generation',
        })
        expect(await host.restore({ generation: 'u6', id: 'w', pairs: [] })).toEqual({ kind: 'installed' })
        expect(contents()).toEqual(old(6))
      })

      it('are five at most, whatever made them, and the newest stays whatever its name says', async () => {
        const { host } = await take()
        for (const [index, id] of ['z', 'y', 'x', 'w', 'v'].entries())
          await host.install(
            transaction(id, [replace('a.crt', index === 0 ? '' : `${index - 1}`, `${index}`)]),
          )
        for (const [of, id] of [
          ['v', 'c'],
          ['c', 'b'],
          ['b', 'a'],
        ] as const)
          expect(await host.restore({ generation: of, id, pairs: [] })).toEqual({ kind: 'installed' })
        expect((await host.listGenerations()).map(({ id }) => id)).toEqual(['w', 'v', 'c', 'b', 'a'])
      })

      it('are told by a file whose folder is reached through a link', async () => {
        mkdirSync(at('folder'))
        symlinkSync('folder', at('led'))
        put('folder/a.key', 'old')
        const { host } = await take()
        await host.install(transaction('t', [replace('led/a.key', 'old', 'new')]))
        expect(read('folder/a.key')).toBe('new')
        expect(await host.findSuperseded([path('led/a.key')])).toEqual(['t'])
      })

      it('are told by a file that was another one, and forgotten for good', async () => {
        put('a.key', 'old')
        const { host } = await take()
        await host.install(transaction('t1', [replace('a.key', 'old', 'new'), replace('a.crt', '', 'A')]))
        await host.install(transaction('t2', [replace('a.crt', 'A', 'B')]))
        await host.install(transaction('t3', [replace('a.key', 'new', 'newer')]))
        // Back to what the last one replaced: what it kept is what is there.
        await host.restore({ generation: 't3', id: 't4', pairs: [] })
        expect(await host.findSuperseded([path('a.key'), path('none')])).toEqual(['t1', 't4'])
        expect(await host.findSuperseded([path('none')])).toEqual([])
        await host.forget(['t1', 't4', 'none'])
        expect((await host.listGenerations()).map(({ id }) => id)).toEqual(['t2', 't3'])
        expect([read('a.key'), read('a.crt')]).toEqual(['new', 'B'])
        expect(readdirSync(join(visited.state, 'generations')).length).toBe(2)
      })

      it('do not come back over what is no file: the message says where', async () => {
        put('a.crt', 'old')
        const { host } = await take()
        await host.install(transaction('t', [replace('a.crt', 'old', 'new')]))
        rmSync(at('a.crt'))
        mkdirSync(at('a.crt'))
        expect(await host.restore({ generation: 't', id: 'u', pairs: [] })).toMatchObject({
          kind: 'failed',
          path: path('a.crt'),
          detail: expect.stringContaining('in the way'),
        })
        expect(lstatSync(at('a.crt')).isDirectory()).toBe(true)
      })
    })

    describe('what stands in the way', () => {
      it('a key that would not belong to its certificate is not installed', async () => {
        const { certificate } = await issue(authorityProfile)
        const other = await generatePrivateKey({ type: 'ECDSA', size: 256 })
        put('a.crt', 'old')
        const { host } = await take()
        const outcome = await host.install({
          ...transaction('t', [
            replace('a.crt', 'old', certificate.pem),
            { ...replace('a.key', '', encodePrivateKey(other)), mode: 0o600 },
          ]),
          pairs: [{ certificate: path('a.crt'), privateKey: path('a.key') }],
        })
        expect(outcome).toMatchObject({
          kind: 'failed',
          detail: expect.stringContaining('would not be the key'),
        })
        await host.discard()
        expect([readdirSync(at('.')), read('a.crt')]).toEqual([['a.crt'], 'old'])
      })

      it.each([
        ['a link', (location: string) => symlinkSync('b.crt', location)],
        ['a folder', (location: string) => mkdirSync(location)],
      ])('%s where the file was is left alone', async (_, make) => {
        put('b.crt', 'old')
        make(at('a.crt'))
        const { host } = await take()
        const files = [replace('b.crt', 'old', 'new'), replace('a.crt', 'old', 'new')]
        expect(await host.install(transaction('t', files))).toMatchObject({
          kind: 'stale',
          path: path('a.crt'),
        })
        expect([read('b.crt'), lstatSync(at('a.crt')).isFile()]).toEqual(['old', false])
      })

      it.runIf(process.getuid?.() === 0)('an immutable file keeps all others as they were', async () => {
        put('a.crt', 'old')
        put('b.crt', 'old')
        execFileSync('chattr', ['+i', at('b.crt')])
        onTestFinished(() => void execFileSync('chattr', ['-i', at('b.crt')]))
        const { host } = await take()
        const files = [replace('a.crt', 'old', 'new'), replace('b.crt', 'old', 'new')]
        const outcome = await host.install(transaction('t', files))
        expect(outcome).toMatchObject({ kind: 'failed', detail: expect.stringContaining('immutable') })
        await host.discard()
        expect([read('a.crt'), read('b.crt'), readdirSync(at('.'))]).toEqual([
          'old',
          'old',
          ['a.crt', 'b.crt'],
        ])
        expect(await host.listGenerations()).toEqual([])
      })
    })
    describe('what is taken away, or keeps its time:', () => describeRemovals(() => visited, take))
    describe.runIf(process.getuid?.() === 0)('a folder of somebody else', () =>
      describeForeign(() => visited, take),
    )
  })
}
