import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { certwright, stateFolder } from '../support/certwright.ts'
import { smallPolicy } from '../support/engine.ts'
import { makeFolder, writeFiles } from '../support/workspace.ts'

const log = () => join(stateFolder(), 'audit.jsonl')

async function makeRuns() {
  const folder = makeFolder()
  await writeFiles(folder, {
    'policy.yml': smallPolicy(),
    'play.yml': '- { name: test, hosts: all, policy: policy.yml }\n',
    'hosts.yml': 'all: { hosts: { node-1: { ansible_connection: local, certwright_root: root } } }\n',
    'root/x': '',
  })
  const go = (...args: string[]) => certwright(args, { cwd: folder })
  const run = ['play.yml', '-i', 'hosts.yml', '--auto-approve']
  expect((await go('apply', ...run)).code).toBe(0)
  rmSync(join(folder, 'root/pki/leaf.crt'))
  expect((await go('apply', ...run)).code).toBe(0)
  return { folder, go, run }
}

describe('certwright history', () => {
  it('lists the runs that changed something, the newest last', async () => {
    const { go, run } = await makeRuns()
    expect((await go('apply', ...run)).stdout).toContain('Nothing to do')
    const { code, stdout } = await go('history')
    expect(code).toBe(0)
    const [heading, ...rows] = stdout.trimEnd().split('\n')
    expect(heading).toMatch(/^WHEN +BY +HOSTS +CHANGES +EXIT$/)
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +\S+@\S+ +node-1 +2 create done +0$/)
    expect(rows[1]).toMatch(/ node-1 +1 create done +0$/)
    expect((await go('history', '-n', '1')).stdout.trimEnd().split('\n')).toHaveLength(2)
  })

  it('as JSON holds what the table shows', async () => {
    const { go } = await makeRuns()
    const { log: path, runs } = JSON.parse((await go('history', '--format', 'json')).stdout)
    expect(path).toBe(log())
    expect(runs).toMatchObject([
      { hosts: ['node-1'], exit: 0, changes: [{ action: 'create', outcome: 'done', count: 2 }] },
      { hosts: ['node-1'], exit: 0, changes: [{ action: 'create', outcome: 'done', count: 1 }] },
    ])
  })

  it('--verify says that the log is intact, or names the first line that does not fit', async () => {
    const { go } = await makeRuns()
    expect(await go('history', '--verify')).toMatchObject({ code: 0, stdout: '11 entries, intact\n' })
    writeFileSync(log(), readFileSync(log(), 'utf8').replace('"outcome":"done"', '"outcome":"failed"'))
    const { code, stdout } = await go('history', '--verify')
    expect(code).toBe(7)
    expect(stdout).toBe(
      `${log()}:4: does not follow from the line before it: one of the two was changed, or a line is missing\n`,
    )
  })

  it('says that there is no log where there is none', async () => {
    const none = await certwright(['history'])
    expect(none).toMatchObject({ code: 0, stdout: `There is no audit log: ${log()} does not exist.\n` })
    expect((await certwright(['history', '--verify'])).code).toBe(0)
  })

  it('finds the log of a sandbox by its inventory', async () => {
    const env = { CERTWRIGHT_STATE_DIR: '' }
    const folder = makeFolder()
    await writeFiles(folder, {
      'policy.yml': smallPolicy(),
      'play.yml': '- { name: test, hosts: node-1, policy: policy.yml }\n',
      'hosts.yml':
        'all: { vars: { ansible_connection: local }, hosts: { node-1: { certwright_root: root }, control: { certwright_root: own } } }\n',
      'root/x': '',
    })
    const run = ['play.yml', '-i', 'hosts.yml', '--auto-approve']
    expect((await certwright(['apply', ...run], { cwd: folder, env })).code).toBe(0)
    expect(existsSync(join(folder, 'own/var/lib/certwright/audit.jsonl'))).toBe(true)
    const { stdout } = await certwright(['history', '-i', 'hosts.yml'], { cwd: folder, env })
    expect(stdout).toContain('2 create done')
  })
})

describe('an apply', () => {
  it('writes down what it did to what, and no secret', async () => {
    const { folder } = await makeRuns()
    const text = readFileSync(log(), 'utf8')
    const entries = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(entries.map(({ action, outcome, exit }) => `${action} ${outcome ?? exit}`)).toContain('issue done')
    const done = entries.findLast(({ outcome, action }) => outcome === 'done' && action === 'create')
    expect(done).toMatchObject({
      host: 'node-1',
      address: 'node-1/certificate/leaf',
      paths: ['/pki/leaf.crt', '/pki/leaf.key'],
      old: { fingerprint: null, spki_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      new: {
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        serial: expect.stringMatching(/^[0-9a-f]+$/),
      },
      reasons: ['missing'],
      who: { user: expect.any(String), pid: expect.any(Number) },
    })
    const secret = readFileSync(join(folder, 'root/pki/leaf.key'), 'utf8').split('\n')[1] ?? ''
    expect(text).not.toContain(secret)
    expect(text).not.toContain('PRIVATE KEY')
  })

  it('that cannot write it down changes nothing', async () => {
    const { folder, go, run } = await makeRuns()
    rmSync(join(folder, 'root/pki/leaf.crt'))
    rmSync(stateFolder(), { recursive: true })
    writeFileSync(stateFolder(), '')
    const { code, stdout } = await go('apply', ...run)
    expect(code).toBe(7)
    expect(stdout).toMatch(/✘ stopped: the audit log \S+audit\.jsonl cannot be written: /)
    expect(existsSync(join(folder, 'root/pki/leaf.crt'))).toBe(false)
  })

  it('that can no longer write it down stops, and says so', async () => {
    const { folder, go, run } = await makeRuns()
    await writeFiles(folder, {
      'policy.yml': smallPolicy(
        '',
        '',
        `services:
  first: { manager: command, command: { restart: [sh, -c, "rm -r ${stateFolder()}; touch ${stateFolder()}"], is_active: ["true"] }, uses: { leaf: restart } }
  second: { manager: command, after: [first], command: { restart: [touch, "${folder}/told"], is_active: ["true"] }, uses: { leaf: restart } }
`,
      ),
    })
    rmSync(join(folder, 'root/pki/leaf.crt'))
    const { code, stdout } = await go('apply', ...run)
    expect(code).toBe(7)
    expect(stdout).toMatch(/- restart +node-1\/service\/second +skipped: not reached: the audit log/)
    expect(stdout).toContain('✘ stopped: the audit log')
    expect(existsSync(join(folder, 'told'))).toBe(false)
  })
})

describe('--allow', () => {
  it.each(['reloads=1', 'hosts', 'hosts=many', 'hosts=-1'])(
    '%s is a usage error that says what there is',
    async (bound) => {
      const { code, stderr } = await certwright(['plan', 'play.yml', '--allow', bound])
      expect(code).toBe(5)
      expect(stderr).toContain('certificates, hosts, restarts, authorities, issues')
    },
  )
})
