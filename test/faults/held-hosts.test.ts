import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { certwright, type Ran } from '../support/certwright.ts'
import { smallPolicy, start } from '../support/engine.ts'
import { makeFolder } from '../support/workspace.ts'

/** Local hosts of folders of their own, and two control nodes with audit logs of their own. */
function makeFleet(count: number) {
  const folder = makeFolder()
  const hosts = Array.from({ length: count }, (_, index) => `node-${index + 1}`)
  const lines = hosts.map(
    (host) => `    ${host}: { ansible_connection: local, certwright_root: ${folder}/${host} }`,
  )
  writeFileSync(join(folder, 'policy.yml'), smallPolicy())
  writeFileSync(join(folder, 'play.yml'), '- { hosts: all, policy: policy.yml }\n')
  writeFileSync(join(folder, 'inventory.yml'), `all:\n  hosts:\n${lines.join('\n')}\n`)
  for (const host of hosts) mkdirSync(join(folder, host))
  const run = (control: string, command: string, ...args: string[]): Promise<Ran> =>
    certwright([command, 'play.yml', '-i', 'inventory.yml', ...args], {
      cwd: folder,
      env: { CERTWRIGHT_STATE_DIR: join(folder, control) },
    })
  return { folder, hosts, run }
}

/** Another run holds the lock of a host, until it lets go or the test has ended. */
async function hold(root: string): Promise<() => Promise<void>> {
  const state = join(root, 'var/lib/certwright')
  mkdirSync(state, { recursive: true })
  const lock = join(state, 'lock')
  const script =
    'exec 9>>"$1"; flock 9; echo "another root@elsewhere (pid 7) since 2020-01-01T00:00:00.000Z" >"$1"; echo held; cat'
  const child = spawn('sh', ['-c', script, 'sh', lock], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.stdin.end())
  await new Promise((held) => child.stdout.once('data', held))
  return async () => {
    const ended = new Promise((end) => child.once('exit', end))
    child.stdin.end()
    await ended
  }
}

describe('a host that another run holds', () => {
  it('is left alone and named; the others get all their work done', async () => {
    const { folder, run } = makeFleet(3)
    await hold(join(folder, 'node-2'))
    const { code, stdout, stderr } = await run('a', 'apply', '--auto-approve')
    expect(code, stdout + stderr).toBe(9)
    expect(stderr).toContain('another run holds node-2: root@elsewhere (pid 7) since 2020-')
    expect(stdout).toContain('node-2: left alone: another run holds it: root@elsewhere (pid 7)')
    expect(stdout).toContain('! node-2: another run is at work there: what is due is not done')
    for (const host of ['node-1', 'node-3']) expect(existsSync(join(folder, host, 'pki/leaf.crt'))).toBe(true)
    expect(existsSync(join(folder, 'node-2/pki'))).toBe(false)
    expect(existsSync(join(folder, 'node-2/var/lib/certwright/alarms.json'))).toBe(false)
  })

  it('holds back what needs it, with an alarm there that the next run clears', async () => {
    const { folder, run } = makeFleet(3)
    expect((await run('a', 'apply', '--auto-approve')).code).toBe(0)
    rmSync(join(folder, 'node-2/pki/leaf.crt'))
    const letGo = await hold(join(folder, 'node-1'))
    const { code, stdout, stderr } = await run('a', 'apply', '--auto-approve')
    expect(code, stdout + stderr).toBe(9)
    expect(stdout).toContain('it would be signed on node-1, which is left alone')
    expect(stdout).toContain('250.003 host=node-2')
    // Nothing is due at node-3, and nobody is told of it.
    expect(stdout).not.toContain('node-3')
    await letGo()
    const next = await run('a', 'apply', '--auto-approve')
    expect(next.code, next.stdout + next.stderr).toBe(0)
    expect(next.stdout).toContain('node-2/alarm/250.003')
  })

  it('that is the only one ends the run at once, and nothing is changed', async () => {
    const { folder, run } = makeFleet(1)
    await hold(join(folder, 'node-1'))
    const { code, stdout, stderr } = await run('a', 'apply', '--auto-approve')
    expect([code, stdout]).toEqual([9, ''])
    expect(stderr).toContain('Nothing was changed.')
  })
})

describe('two control nodes that begin at once', () => {
  const day = 86_400_000

  it('never share the hosts out among them: one of them has them all', { timeout: 600_000 }, async () => {
    const { run } = makeFleet(6)
    for (let round = 0; round < 10; round += 1) {
      const both = await Promise.all(['a', 'b'].map((control) => run(control, 'recover', '--forks', '2')))
      const codes = both.map(({ code }) => code)
      expect(codes, both.map(({ stderr }) => stderr).join()).toContain(0)
      for (const code of codes) expect([0, 9]).toContain(code)
    }
  })

  it('get all the work done between them, every time', { timeout: 600_000 }, async () => {
    const { folder, hosts, run } = makeFleet(5)
    for (let round = 0; round < 4; round += 1) {
      const at = new Date(Date.parse(start) + round * 90 * day).toISOString()
      const apply = (control: string) => run(control, 'apply', '--auto-approve', '--at', at, '--forks', '2')
      const both = await Promise.all([apply('a'), apply('b')])
      const told = both.map(({ code, stdout, stderr }) => `${code}\n${stdout}${stderr}`).join('\n')
      expect(
        both.map(({ code }) => code),
        told,
      ).toContain(0)
      const { code } = await run('a', 'plan', '--detailed-exitcode', '--at', at)
      expect(code, told).toBe(0)
      for (const host of hosts) readFileSync(join(folder, host, 'pki/leaf.crt'))
    }
  })
})
