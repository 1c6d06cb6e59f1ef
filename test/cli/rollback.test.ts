import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { certwright } from '../support/certwright.ts'
import { smallPolicy } from '../support/engine.ts'
import { makeFolder, writeFiles } from '../support/workspace.ts'

const soon = '2027-02-25'

/** Bootstrapped as of one day, and renewed as of a day on which that is due. */
async function makeRenewed(leaf = '', services = '') {
  const folder = makeFolder()
  const told = services.replaceAll('FOLDER', folder)
  await writeFiles(folder, {
    'policy.yml': smallPolicy(`${leaf}\nvalidity: 110d`.trim(), '', told).replace('    validity: 100d\n', ''),
    'play.yml': '- { name: test, hosts: all, policy: policy.yml }\n',
    'hosts.yml': 'all: { hosts: { node-1: { ansible_connection: local, certwright_root: root } } }\n',
    'root/x': '',
  })
  const go = (command: string, ...args: string[]) =>
    certwright([command, 'play.yml', ...args, '-i', 'hosts.yml'], { cwd: folder })
  const read = (path: string) => readFileSync(join(folder, 'root', path), 'utf8')
  expect((await go('apply', '--auto-approve', '--at', '2026-11-24')).code).toBe(0)
  const before = ['pki/leaf.crt', 'pki/leaf.key'].map(read)
  expect((await go('apply', '--auto-approve', '--at', '2027-03-05')).code).toBe(0)
  expect(read('pki/leaf.crt')).not.toBe(before[0])
  const back = (...args: string[]) => go('rollback', 'node-1', '--auto-approve', ...args)
  return { folder, go, back, read, before }
}

describe('certwright rollback', () => {
  it('shows what comes back, puts it back, and has nothing to do the next time', async () => {
    const { back, read, before } = await makeRenewed()
    const { code, stdout } = await back('--at', soon)
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /↩ restore {2}certificate leaf +\/pki\/leaf\.crt\n +rolled-back +by hand: to what run /,
    )
    expect(stdout).toMatch(/not after +2027-06-\d\d → 2027-03-\d\d/)
    expect(['pki/leaf.crt', 'pki/leaf.key'].map(read)).toEqual(before)
    expect((await back('--at', soon)).stdout).toMatch(/^Nothing to do: node-1 holds what it held before /)
  })

  it('works the same where files are switched by a link', async () => {
    const { back, read, before } = await makeRenewed('install: generations')
    expect((await back('--at', soon)).code).toBe(0)
    expect(['pki/leaf.crt', 'pki/leaf.key'].map(read)).toEqual(before)
  })

  it('owes the telling of a service when it is killed before that', async () => {
    const services = `services:
  web:
    manager: command
    command: { restart: ["true"], is_active: [sh, -c, 'if cmp -s FOLDER/deadly FOLDER/root/pki/leaf.crt; then kill -9 $PPID; fi'] }
    uses: { leaf: restart }`
    const { folder, go, back, read, before } = await makeRenewed('', services)
    writeFileSync(join(folder, 'deadly'), before[0] ?? '')
    expect((await back('--at', soon)).code).toBeNull()
    expect(read('pki/leaf.crt')).toBe(before[0])
    rmSync(join(folder, 'deadly'))
    expect((await go('plan', '--at', soon)).stdout).toMatch(/restart +service web\n +telling-unproved/)
  })

  it('refuses a generation that has expired, is not valid yet, or in which something was not there yet', async () => {
    const { go, back, read } = await makeRenewed()
    const now = read('pki/leaf.crt')
    const expired = await back('--at', '2027-04-01')
    expect(expired.code).toBe(7)
    expect(expired.stdout).toMatch(
      /✗ certificate leaf {3}\/pki\/leaf\.crt of that generation has expired 2027-03-/,
    )
    expect(await back('--at', '2026-11-20')).toMatchObject({
      code: 7,
      stdout: expect.stringMatching(
        /✗ certificate leaf {3}\/pki\/leaf\.crt of that generation is valid from 2026-11-23 only/,
      ),
    })
    const { stdout } = await go('history', '--format', 'json')
    const [{ generations }] = JSON.parse(stdout).kept
    const early = await back(generations[0].id)
    expect(early.code).toBe(7)
    expect(early.stdout).toContain('/pki/ca.key was not there yet: going back would take it away')
    expect(read('pki/leaf.crt')).toBe(now)
  })

  it('knows no host and no generation that there is not, and says which there are', async () => {
    const { go, back } = await makeRenewed()
    expect(await go('rollback', 'node-2', '--auto-approve')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('node-2 is no host of this playbook: did you mean "node-1"?'),
    })
    expect(await back('nonsense')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/node-1 has no generation nonsense: it keeps \d{8}T/),
    })
  })

  it('asks, and without anybody to ask does nothing', async () => {
    const { go, read } = await makeRenewed()
    const now = read('pki/leaf.crt')
    expect((await go('rollback', 'node-1', '--at', soon)).code).toBe(5)
    expect(read('pki/leaf.crt')).toBe(now)
  })

  it('is listed by history, with what the host keeps', async () => {
    const { go, back } = await makeRenewed()
    await back('--at', soon)
    const { stdout } = await go('history')
    expect(stdout).toMatch(/ node-1 +1 restore done +0\n/)
    expect(stdout).toMatch(/HOST +GENERATION +HELD\n/)
    expect(stdout).toMatch(/node-1 +\d{8}T\d{9}Z-[0-9a-f]{8}-back +\/pki\/leaf\.crt \(until 2027-06-/)
  })
})

it('certwright recover says that there is nothing to recover, and changes nothing', async () => {
  const { folder, go } = await makeRenewed()
  rmSync(join(folder, 'root/pki'), { recursive: true })
  expect(await go('recover')).toMatchObject({ code: 0, stdout: 'Nothing to recover.\n' })
  expect(existsSync(join(folder, 'root/pki'))).toBe(false)
})
