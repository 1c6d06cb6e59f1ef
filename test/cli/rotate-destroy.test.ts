import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { certwright, stateFolder } from '../support/certwright.ts'
import { smallPolicy } from '../support/engine.ts'
import { makeFolder, writeFiles } from '../support/workspace.ts'

const hosts = ['node-1', 'node-2']

/** Nobody listens where those are that are `away`. */
function inventory(away: readonly string[] = []): string {
  const lines = hosts.map((host) =>
    away.includes(host)
      ? `${host}: { ansible_host: 127.0.0.1, ansible_port: 1 }`
      : `${host}: { ansible_connection: local, certwright_root: ${host} }`,
  )
  return `all:\n  hosts:\n${lines.map((line) => `    ${line}\n`).join('')}`
}

async function makeSite(): Promise<string> {
  const folder = makeFolder()
  await writeFiles(folder, {
    'policy.yml': smallPolicy('', 'held_by: all'),
    'play.yml': '- { name: test, hosts: all, policy: policy.yml }\n',
    'hosts.yml': inventory(),
    ...Object.fromEntries(hosts.map((host) => [`${host}/x`, ''])),
  })
  return folder
}

function inFolder(cwd: string) {
  const go = (command: string, ...args: string[]) =>
    certwright([command, 'play.yml', ...args, '-i', 'hosts.yml'], { cwd })
  const rotate = (...args: string[]) => go('rotate', 'ca', ...args)
  return { go, rotate }
}

/** Its authority has been replaced; what every host still keeps of the old key. */
async function makeRotatedSite() {
  const cwd = await makeSite()
  const { go, rotate } = inFolder(cwd)
  await go('apply', '--auto-approve')
  const old = readFileSync(join(cwd, 'node-1/pki/ca.key'), 'utf8')
  expect((await rotate('--auto-approve')).code).toBe(0)
  const kept = findCopies(cwd, old)
  expect(kept.length).toBeGreaterThan(1)
  return { cwd, rotate, old, kept }
}

/** What node-2 keeps cannot be told until it is mended. */
function damage(cwd: string, kept: readonly string[]): { mend: () => void } {
  const copy = kept.find((path) => path.startsWith('node-2')) ?? ''
  const manifest = join(cwd, copy, '../manifest')
  const whole = readFileSync(manifest)
  writeFileSync(manifest, 'not one')
  return { mend: () => writeFileSync(manifest, whole) }
}

/** Of every file below it that has this content. */
function findCopies(folder: string, content: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name)
    return statSync(path).isFile() && readFileSync(path, 'utf8') === content
  })
}

describe('certwright rotate --destroy-old-key', () => {
  it('begins nothing, and says how to', async () => {
    const cwd = await makeSite()
    const { go, rotate } = inFolder(cwd)
    await go('apply', '--auto-approve')
    const before = readFileSync(join(cwd, 'node-1/pki/ca.crt'), 'utf8')
    const { code, stdout, stderr } = await rotate('--destroy-old-key', '--auto-approve')
    expect({ code, now: readFileSync(join(cwd, 'node-1/pki/ca.crt'), 'utf8') }).toEqual({
      code: 0,
      now: before,
    })
    expect(stdout).toContain('No host that could be asked keeps a key that ca had before.')
    expect(stderr).toContain('to begin one, run this without --destroy-old-key')
  })

  it('goes on to the end of a rotation, and then leaves the old key nowhere on any host', async () => {
    const cwd = await makeSite()
    const { go, rotate } = inFolder(cwd)
    await go('apply', '--auto-approve')
    const old = readFileSync(join(cwd, 'node-1/pki/ca.key'), 'utf8')
    expect((await rotate('--until', 'sign', '--auto-approve')).code).toBe(0)
    expect((await rotate('--plan', '--destroy-old-key')).stdout).toContain('▸ distrust')
    const { code, stdout } = await rotate('--destroy-old-key', '--auto-approve')
    expect(code).toBe(0)
    expect(stdout).toMatch(/node-1: destroyed \S/)
    expect(findCopies(cwd, old)).toEqual([])
    const present = readFileSync(join(cwd, 'node-1/pki/ca.key'), 'utf8')
    expect(findCopies(cwd, present)).toEqual(
      expect.arrayContaining(['node-1/pki/ca.key', 'node-2/pki/ca.key']),
    )
    expect((await go('plan', '--detailed-exitcode')).code).toBe(0)
    expect((await go('history')).stdout).toContain('destroy')
  })

  it('destroys what earlier ones have left, on every host that can be asked, and says where it could not', async () => {
    const { cwd, rotate, old, kept } = await makeRotatedSite()
    const { mend } = damage(cwd, kept)
    const first = await rotate('--destroy-old-key', '--auto-approve', '--format', 'json')
    expect(first.code).toBe(7)
    expect(JSON.parse(first.stdout)).toMatchObject({
      outcome: 'done',
      destroyed: [{ host: 'node-1' }],
      missed: [{ host: 'node-2', detail: expect.stringContaining('its manifest is damaged') }],
    })
    expect(findCopies(join(cwd, 'node-1'), old)).toEqual([])
    mend()
    expect((await rotate('--destroy-old-key', '--auto-approve')).code).toBe(0)
    expect(findCopies(cwd, old)).toEqual([])
  })

  it('destroys nothing that cannot be written down first', async () => {
    const { cwd, rotate, old, kept } = await makeRotatedSite()
    const log = join(stateFolder(), 'audit.jsonl')
    renameSync(log, `${log}.aside`)
    mkdirSync(log)
    const { mend } = damage(cwd, kept)
    const { code, stdout, stderr } = await rotate('--destroy-old-key', '--auto-approve', '--format', 'json')
    expect(code).toBe(7)
    expect(JSON.parse(stdout)).toMatchObject({
      destroyed: [],
      missed: [{ host: 'node-2' }, { host: 'control', detail: expect.stringContaining('audit log') }],
    })
    expect(stderr).toMatch(/error: control: .*audit log/)
    expect(findCopies(cwd, old)).toEqual(kept)
    mend()
    rmdirSync(log)
    renameSync(`${log}.aside`, log)
    const shown = await rotate('--plan', '--destroy-old-key', '--format', 'json')
    expect(JSON.parse(shown.stdout)).toMatchObject({
      kept: [{ host: 'node-1' }, { host: 'node-2' }],
      missed: [],
    })
    expect(findCopies(cwd, old)).toEqual(kept)
  })

  it('destroys nothing while a host is away', async () => {
    const { cwd, rotate, old, kept } = await makeRotatedSite()
    await writeFiles(cwd, { 'hosts.yml': inventory(['node-2']) })
    const { code, stderr } = await rotate('--destroy-old-key', '--auto-approve')
    expect(code).toBe(4)
    expect(stderr).toContain('whether a rotation of ca is on its way cannot be told')
    expect(findCopies(cwd, old)).toEqual(kept)
  })
})
