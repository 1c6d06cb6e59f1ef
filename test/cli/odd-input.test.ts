import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { certwright, run, stateFolder } from '../support/certwright.ts'
import { smallPolicy } from '../support/engine.ts'
import { makeFolder, writeFiles, writeProgram } from '../support/workspace.ts'

const hosts = 'all: { hosts: { node-1: { ansible_connection: local, certwright_root: root } } }\n'

async function makePlayground(): Promise<string> {
  const folder = makeFolder()
  await writeFiles(folder, {
    'policy.yml': smallPolicy(),
    'play.yml': '- { hosts: all, policy: policy.yml }\n',
    'hosts.yml': hosts,
    'root/x': '',
  })
  return folder
}

describe('a folder that is no folder of inventories', () => {
  it.each(['/', '/proc', '/dev'])('%s ends in a complaint, at once', async (folder) => {
    const ran = await certwright(['inventory', 'list', '-i', folder])
    expect(ran).toMatchObject({ code: 3, stdout: '' })
    expect(ran.stderr).toMatch(/ error (unreadable-folder|unreadable-file): /)
  })

  it('runs no program of a folder with more files than any inventory has', async () => {
    const folder = makeFolder()
    for (let at = 0; at < 1001; at += 1) writeFileSync(join(folder, `host-${at}.yml`), hosts)
    writeProgram(join(folder, 'a-program'), `touch ${folder}/ran`)
    const ran = await certwright(['inventory', 'list', '-i', folder])
    expect(ran.stderr).toContain('holds more than 1000 files')
    expect((await run('ls', [join(folder, 'ran')])).code).not.toBe(0)
  })

  it('is told when a link leads back', async () => {
    const folder = makeFolder()
    await writeFiles(folder, { 'hosts.yml': hosts })
    symlinkSync('.', join(folder, 'loop'))
    const ran = await certwright(['inventory', 'list', '-i', folder])
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('does a link lead back?') })
  })
})

describe('a file that is something else', () => {
  it.each([
    ['a FIFO', (path: string) => run('mkfifo', [path]), 'is not a regular file'],
    ['a device', async (path: string) => symlinkSync('/dev/zero', path), 'is not a regular file'],
    ['a link to itself', async (path: string) => symlinkSync(path, path), 'is a circle of links'],
    ['a folder', async (path: string) => mkdirSync(path), 'is a folder'],
    [
      '100 MB of nothing',
      async (path: string) => {
        writeFileSync(path, '')
        truncateSync(path, 100 * 1024 * 1024)
      },
      'bytes, at most 1048576 are read',
    ],
  ])(
    '%s is told as what it is, as a playbook, as variables and as facts',
    async (_what, make, told) => {
      const folder = await makePlayground()
      await make(join(folder, 'odd'))
      const go = (...args: string[]) => certwright(args, { cwd: folder })
      const rans = [
        await go('plan', 'odd', '-i', 'hosts.yml'),
        await go('plan', 'play.yml', '-i', 'hosts.yml', '-e', '@odd'),
        await go('plan', 'play.yml', '-i', 'hosts.yml', '--limit', '@odd'),
      ]
      for (const { code, stderr } of rans) {
        expect(code).toBe(3)
        expect(stderr).toContain(told)
      }
      expect((await go('plan', 'play.yml', '-i', 'hosts.yml', '--facts', 'odd')).code).toBe(3)
    },
    60_000,
  )
})

describe('an audit log that is something else', () => {
  it.each([
    ['a FIFO', (path: string) => run('mkfifo', [path])],
    ['a folder', async (path: string) => mkdirSync(path)],
    ['a device', async (path: string) => symlinkSync('/dev/zero', path)],
  ])('%s cannot be read, and says so', async (_what, make) => {
    mkdirSync(stateFolder(), { recursive: true })
    await make(join(stateFolder(), 'audit.jsonl'))
    const ran = await certwright(['history'])
    expect(ran).toMatchObject({ code: 7, stdout: '', stderr: expect.stringContaining('cannot be read') })
  })

  it('with lines that are no entries is told with a warning', async () => {
    mkdirSync(stateFolder(), { recursive: true })
    writeFileSync(join(stateFolder(), 'audit.jsonl'), '{"kind":"change"}\n[]\n')
    expect(await certwright(['history'])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^warning: 2 lines of .*audit\.jsonl are no entries/),
    })
  })
})

describe('an alarm record that is none', () => {
  it('stops the host, and is left as it is', async () => {
    const folder = await makePlayground()
    const path = join(folder, 'root/var/lib/certwright/alarms.json')
    mkdirSync(resolve(path, '..'), { recursive: true })
    writeFileSync(path, '{"alarms":[{"id":"a"}]}')
    const ran = await certwright(['apply', 'play.yml', '-i', 'hosts.yml', '--auto-approve'], { cwd: folder })
    expect(ran).toMatchObject({ code: 7, stdout: expect.stringContaining('number 1 is none') })
    expect((await run('cat', [path])).stdout).toBe('{"alarms":[{"id":"a"}]}')
  })
})

describe('the surroundings', () => {
  it('a report that does not fit on the disk is told, and is not 0', async () => {
    const main = resolve('dist/main.js')
    const ran = await run('sh', ['-c', `"${process.execPath}" "${main}" --help > /dev/full`])
    expect(ran).toMatchObject({ code: 7, stderr: expect.stringContaining('ENOSPC') })
  })

  it('an apply that nobody listens to any more is carried out all the same', async () => {
    const folder = await makePlayground()
    const apply = `"${process.execPath}" "${resolve('dist/main.js')}" apply play.yml -i hosts.yml --auto-approve`
    await run('bash', ['-c', `{ ${apply} 2>&1; echo $? > code; } | true`], { cwd: folder })
    expect((await run('cat', ['code'], { cwd: folder })).stdout).toBe('0\n')
    expect((await run('cat', ['root/pki/leaf.crt'], { cwd: folder })).code).toBe(0)
  })

  it.runIf(process.getuid?.() === 0).each([['HOME='], ['HOME=relative'], ['-u', 'HOME']])(
    'a user without HOME or an entry in the user database is told what to name: %s %s',
    async (...home) => {
      const user = ['--reuid=54321', '--regid=54321', '--clear-groups']
      const env = ['env', '-u', 'CERTWRIGHT_STATE_DIR', '-u', 'XDG_STATE_HOME', ...home]
      const ran = await run('setpriv', [
        ...user,
        ...env,
        process.execPath,
        resolve('dist/main.js'),
        'history',
      ])
      expect(ran).toMatchObject({ code: 3, stdout: '' })
      expect(ran.stderr).toMatch(/^error no-state-folder: .*\n.*CERTWRIGHT_STATE_DIR/)
    },
  )
})
