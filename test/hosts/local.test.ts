import { chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLocalHost } from '../../src/hosts/local/local.ts'
import { run } from '../support/certwright.ts'
import { makeEngine, smallPolicy } from '../support/engine.ts'
import { makeFolder } from '../support/workspace.ts'
import { describeHost } from './describe-host.ts'
import { describeTransactions } from './describe-transactions.ts'
import { describeTrust } from './describe-trust.ts'
import { fakeSelinux, labelled } from './selinux.ts'

describeHost('the local host below a root', () => {
  const root = makeFolder()
  return { host: createLocalHost({ name: 'local', root }), root, folder: '/data' }
})

describeTransactions('the local host, visited by several runs', () => {
  const root = makeFolder()
  const open = () => createLocalHost({ name: 'local', root })
  return { open, root, folder: '/data', state: join(root, 'var/lib/certwright') }
})

describeTrust('whom servers trust, seen from this machine', () => createLocalHost({ name: 'local' }))

const isRoot = process.getuid?.() === 0

describe.runIf(isRoot)('as root, without a root folder', () => {
  describeHost('the local host itself', () => ({
    host: createLocalHost({
      name: 'local',
      become: { user: 'root' },
      state: join(makeFolder(), 'state'),
    }),
    root: '',
    folder: makeFolder(),
  }))

  it('is worked on as whoever is wanted to work there, or not at all', async () => {
    const nothing = { certificates: [], privateKeys: [], texts: [], owners: [], groups: [] }
    const visit = (user: string) => {
      const host = createLocalHost({ name: 'local', become: { user }, state: join(makeFolder(), 'state') })
      return host.gather({ ...nothing, commands: [], probes: [], exchanges: [], trusts: [] })
    }
    await expect(visit('0')).resolves.toMatchObject({ certificates: [] })
    await expect(visit('daemon')).rejects.toThrow('certwright does not run as daemon')
    await expect(visit('nobody-of-that-name')).rejects.toThrow('run it with sudo -u nobody-of-that-name')
  })

  it('compares and sets owners by their names', async () => {
    const folder = makeFolder()
    const host = createLocalHost({
      name: 'local',
      become: { user: 'root' },
      state: join(makeFolder(), 'state'),
    })
    await host.lock({ run: 'run', holder: 'a test', timeoutMs: 0 })
    onTestFinished(() => host.close())
    const path = join(folder, 'a.crt')
    writeFileSync(path, 'x')
    chownSync(path, 0, 0)
    const nothing = { privateKeys: [], texts: [], commands: [], probes: [], exchanges: [], trusts: [] }
    const request = {
      ...nothing,
      certificates: [path],
      owners: ['daemon', 'nobody-of-that-name'],
      groups: ['daemon', '12345'],
    }
    const { certificates, unknownOwners, managesOwnership } = await host.gather(request)
    expect(certificates[0]).toMatchObject({ stat: { owner: 'root', group: 'root' } })
    expect(unknownOwners).toEqual(['user nobody-of-that-name'])
    expect(managesOwnership).toBe(true)
    const file = {
      path: join(folder, 'b.crt'),
      content: { kind: 'bytes', bytes: Buffer.from('B') },
      owner: 'daemon',
      group: '12345',
      mode: 0o640,
      expect: { kind: 'absent' },
    } as const
    expect(
      await host.install({
        id: makeFolder().split('/').at(-1) ?? '',
        files: [file],
        pairs: [],
      }),
    ).toEqual({ kind: 'installed' })
    const { uid, gid, mode } = statSync(file.path)
    expect([uid, gid, mode & 0o7777]).toEqual([1, 12345, 0o640])
  })
})

it('below a root, owners are nobody’s business', async () => {
  const root = makeFolder()
  const host = createLocalHost({ name: 'local', root, become: { user: 'root' } })
  const nothing = {
    certificates: [],
    privateKeys: [],
    texts: [],
    commands: [],
    probes: [],
    exchanges: [],
    trusts: [],
  }
  expect(await host.gather({ ...nothing, owners: ['nobody-of-that-name'], groups: [] })).toMatchObject({
    unknownOwners: [],
    managesOwnership: false,
  })
})

it('only the newest five generations are kept', async () => {
  const root = makeFolder()
  const host = createLocalHost({ name: 'local', root })
  await host.lock({ run: 'run', holder: 'a test', timeoutMs: 0 })
  onTestFinished(() => host.close())
  for (let index = 0; index < 7; index += 1) {
    const file = {
      path: `/f${index}`,
      content: { kind: 'bytes', bytes: Buffer.from('x') },
      mode: 0o600,
      expect: { kind: 'absent' },
    } as const
    await host.install({ id: `run-${index}`, files: [file], pairs: [] })
  }
  expect(readdirSync(join(root, 'var/lib/certwright/generations')).sort()).toEqual([
    '00000003-run-2',
    '00000004-run-3',
    '00000005-run-4',
    '00000006-run-5',
    '00000007-run-6',
  ])
})

describe('watched from outside, an apply', () => {
  it('opens keys exclusively and 0600, syncs a file before its rename and the folder after it, and shows no key to anybody', async () => {
    const engine = await makeEngine(smallPolicy())
    const trace = join(engine.folder, 'trace')
    mkdirSync(engine.root(), { recursive: true })
    const command = [
      process.execPath,
      'dist/main.js',
      'apply',
      join(engine.folder, 'play.yml'),
      '-i',
      join(engine.folder, 'inventory.yml'),
      '--auto-approve',
    ]
    const { code } = await run('strace', [
      '-f',
      '-y',
      '-s',
      '300',
      '-e',
      'trace=openat,fsync,rename,renameat,renameat2,execve,chmod,fchmod',
      '-o',
      trace,
      ...command,
    ])
    expect(code).toBe(0)
    const lines = readFileSync(trace, 'utf8').split('\n')
    const staged = lines.filter(
      (line) => /openat\(.*\.certwright-[0-9a-f]{16}\/\d+\/[^"]*\.key/.test(line) && line.includes('O_CREAT'),
    )
    expect(staged.length).toBeGreaterThan(0)
    for (const line of staged)
      expect(line).toMatch(/O_WRONLY\|O_CREAT\|O_EXCL\|O_NOFOLLOW(\|O_CLOEXEC)?, 0600\)/)
    const renames = lines.flatMap((line, index) => {
      const [, from = '', to = ''] = /rename(?:at2?)?\(.*?"([^"]+)".*?"([^"]+)"/.exec(line) ?? []
      return from.includes('.certwright-') ? [{ from, to, index }] : []
    })
    expect(renames.length).toBeGreaterThanOrEqual(4)
    for (const { from, to, index } of renames) {
      const synced = (path: string) => (line: string) => line.includes('fsync(') && line.includes(`<${path}>`)
      expect(lines.slice(0, index).find(synced(from)), `fsync of ${from}`).toBeDefined()
      const folder = to.slice(0, to.lastIndexOf('/'))
      expect(lines.slice(index).find(synced(folder)), `fsync after ${to}`).toBeDefined()
    }
    const key = readFileSync(join(engine.root(), 'pki/leaf.key'), 'utf8').split('\n')[1] ?? ''
    expect(key.length).toBeGreaterThan(40)
    const executed = lines.filter((line) => line.includes('execve'))
    expect(executed).not.toEqual([])
    expect(executed.join()).not.toContain(key)
  })
})

it('with SELinux, a new file gets the label of its place before it is there', async () => {
  const root = makeFolder()
  const { path, told } = fakeSelinux()
  const before = process.env.PATH
  process.env.PATH = `${path}:${before}`
  onTestFinished(() => {
    process.env.PATH = before
  })
  const host = createLocalHost({ name: 'local', root })
  await host.lock({ run: 'run', holder: 'a test', timeoutMs: 0 })
  onTestFinished(() => host.close())
  expect(await host.install(labelled)).toEqual({ kind: 'installed' })
  expect(told()).toMatch(/^system_u:object_r:cert_t:s0 -- \/.*\/\.certwright-[0-9a-f]{16}\/\d+\/a\.crt\n$/)
})
