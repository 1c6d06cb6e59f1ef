import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseInstant } from '../../src/cli/instant.ts'
import { certwright, run } from '../support/certwright.ts'
import { smallPolicy } from '../support/engine.ts'
import { makeFolder, writeFiles } from '../support/workspace.ts'

async function makePlayground(): Promise<{
  folder: string
  run: (...args: string[]) => ReturnType<typeof certwright>
}> {
  const folder = makeFolder()
  await writeFiles(folder, {
    'policy.yml': smallPolicy(),
    'play.yml': '- { hosts: all, policy: policy.yml }\n',
    'hosts.yml': 'all: { hosts: { node-1: { ansible_connection: local, certwright_root: root } } }\n',
  })
  return {
    folder,
    run: (command = '', ...args) =>
      certwright([command, 'play.yml', '-i', 'hosts.yml', ...args], { cwd: folder }),
  }
}

describe('the command line', () => {
  it('plans, applies, and then has nothing to do', async () => {
    const { folder, run: go } = await makePlayground()
    expect(await go('validate')).toMatchObject({
      code: 0,
      stdout: 'play.yml is valid: policy.yml\n',
      stderr: '',
    })
    expect((await go('plan', '--detailed-exitcode')).code).toBe(2)
    expect((await go('apply', '--check')).stdout).toContain('Plan: 2 to create')
    const applied = await go('apply', '--auto-approve')
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringContaining('Applied: 2 done') })
    expect(applied.stderr).toContain('done: node-1: install 4 files')
    expect(await go('plan', '--detailed-exitcode')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing to do'),
    })
    const status = await go('status')
    expect(status.stdout).toMatch(
      /^CERTIFICATE +HOST +STATE +EXPIRES +DUE +SERVED +WHY\nleaf +node-1 +ok +\d{4}-\d\d-\d\d \(99d\) +\d{4}-\d\d-\d\d +not-probed\nca /,
    )
    const verified = await run('openssl', [
      'verify',
      '-x509_strict',
      '-CAfile',
      join(folder, 'root/pki/ca.crt'),
      join(folder, 'root/pki/leaf.crt'),
    ])
    expect(verified.stdout).toContain('OK')
  })

  it('prints data and nothing else on standard output', async () => {
    const { run: go } = await makePlayground()
    expect(JSON.parse((await go('plan', '--format', 'json')).stdout)).toMatchObject({
      summary: { create: 2 },
    })
    const ran = await go('apply', '--auto-approve', '--format', 'json')
    expect(JSON.parse(ran.stdout)).toMatchObject({ format_version: '1.0', summary: { done: 2 } })
    expect(JSON.parse((await go('status', '--format', 'json')).stdout)).toMatchObject({
      certificates: [{ name: 'leaf', state: 'ok' }, {}],
      alarms: [],
    })
    expect(JSON.parse((await go('validate', '--format', 'json')).stdout)).toMatchObject({ diagnostics: [] })
  })

  it('asks nobody without a terminal: 5, and nothing is touched', async () => {
    const { folder, run: go } = await makePlayground()
    expect(await go('apply')).toMatchObject({
      code: 5,
      stdout: '',
      stderr: expect.stringContaining('--auto-approve'),
    })
    expect(() => readFileSync(join(folder, 'root'))).toThrow('ENOENT')
  })

  it.each([
    ['n', false],
    ['', false],
    ['y', true],
  ])('asks on a terminal, and takes only yes for yes: "%s"', async (answer, applied) => {
    const { folder } = await makePlayground()
    const program = `'${process.execPath}' '${join(process.cwd(), 'dist/main.js')}' apply play.yml -i hosts.yml`
    const asked = await run(
      'sh',
      ['-c', `(sleep 2; echo '${answer}') | script -qec "${program}" /dev/null`],
      { cwd: folder },
    )
    expect(asked.stdout).toContain('Apply this plan? [y/N]')
    expect(asked.stdout.includes('Applied: 2 done')).toBe(applied)
    expect(existsSync(join(folder, 'root/pki/ca.crt'))).toBe(applied)
  })

  it('refuses invalid input with 3, every complaint at its place, and touches nothing', async () => {
    const { folder, run: go } = await makePlayground()
    writeFileSync(join(folder, 'policy.yml'), smallPolicy('onwer: root\nvaliditi: 1d'))
    const ran = await go('apply', '--auto-approve')
    expect(ran.code).toBe(3)
    expect(ran.stdout).toBe('')
    expect(ran.stderr).toMatch(/^policy\.yml:\d+:5 error unknown-key: there is no "onwer" here\n/)
    expect(ran.stderr).toContain('hint: did you mean "validity"?')
    expect(() => readFileSync(join(folder, 'root'))).toThrow('ENOENT')
    const json = JSON.parse((await go('validate', '--format', 'json')).stdout)
    expect(json.summary).toEqual({ errors: 2, warnings: 0 })
  })

  it('validates for code scanning and for annotations of a pull request', async () => {
    const { folder, run: go } = await makePlayground()
    writeFileSync(join(folder, 'policy.yml'), smallPolicy('onwer: "100%"'))
    const sarif = await go('validate', '--format', 'sarif')
    expect(sarif).toMatchObject({ code: 3, stderr: '' })
    expect(JSON.parse(sarif.stdout)).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'certwright', rules: [{ id: 'unknown-key' }] } },
          results: [
            {
              ruleId: 'unknown-key',
              ruleIndex: 0,
              level: 'error',
              locations: [
                { physicalLocation: { artifactLocation: { uri: 'policy.yml' }, region: { startColumn: 5 } } },
              ],
            },
          ],
        },
      ],
    })
    const github = await go('validate', '--format', 'github')
    expect(github).toMatchObject({ code: 3, stderr: '' })
    expect(github.stdout).toMatch(
      /^::error file=policy\.yml,line=\d+,col=5,title=unknown-key::there is no "onwer" here%0Ahint: .+\n$/,
    )
    writeFileSync(join(folder, 'policy.yml'), smallPolicy())
    expect(await go('validate', '--format', 'github')).toMatchObject({ code: 0, stdout: '' })
  })

  it('tells a host that needs a human with 7, and raises the alarm', async () => {
    const { folder, run: go } = await makePlayground()
    mkdirSync(join(folder, 'root/pki/leaf.key'), { recursive: true })
    expect((await go('plan')).code).toBe(7)
    const ran = await go('apply', '--auto-approve')
    expect(ran.code).toBe(7)
    expect(ran.stdout).toContain('/pki/leaf.key is a directory')
    expect(readFileSync(join(folder, 'root/var/lib/certwright/alarms.json'), 'utf8')).toContain('250.003')
    expect(() => readFileSync(join(folder, 'root/pki/leaf.crt'))).toThrow('ENOENT')
    expect(readFileSync(join(folder, 'root/pki/ca.crt'), 'utf8')).toContain('CERTIFICATE')
  })

  it.each([
    [['plan'], "missing required argument 'playbook'"],
    [['paln', 'x'], 'Did you mean plan?'],
    [['plan', 'x', '--formt', 'json'], 'Did you mean --format?'],
    [['plan', 'x', '--format', 'xml'], 'Allowed choices are text, json.'],
    [['plan', 'x', '--at', 'tomorrow'], 'A date (2036-11-12)'],
    [['schema', 'polcy'], 'did you mean "policy"?'],
  ])('%j is a mistake of usage: 5, with a hint', async (args, hint) => {
    const ran = await certwright(args)
    expect(ran.code).toBe(5)
    expect(ran.stderr).toContain(hint)
    expect(ran.stdout).toBe('')
  })

  it('shows what an inventory comes to, and where a variable was set', async () => {
    const { folder } = await makePlayground()
    await writeFiles(folder, {
      'web.yml':
        'web:\n  vars: { w: one }\n  children:\n    db:\n      hosts:\n        a: { v: 1 }\n        b: { ansible_connection: local }\nlone:\n  hosts:\n    c:\n',
      'group_vars/db.yml': 'w: two\n',
    })
    const go = (...args: string[]) => certwright(['inventory', ...args, '-i', 'web.yml'], { cwd: folder })
    expect((await go('graph')).stdout).toBe(
      '@all:\n  |--@lone:\n  |  |--c\n  |--@ungrouped:\n  |--@web:\n  |  |--@db:\n  |  |  |--a\n  |  |  |--b\n',
    )
    expect((await go('list')).stdout).toBe(
      'HOST  CONNECTION  GROUPS\na     ssh         db, web\nb     local       db, web\nc     ssh         lone\n',
    )
    expect(JSON.parse((await go('host', 'a', '--format', 'json')).stdout)).toEqual({ v: 1, w: 'two' })
    expect((await go('host', 'a')).stdout).toBe(
      'VARIABLE  VALUE  SET AT\nw         "two"  group_vars/db.yml:1:1\nv         1      web.yml:6:14\n',
    )
    expect((await go('host', 'a', '--explain', 'w')).stdout).toBe(
      'w: "two"\n  set at group_vars/db.yml:1:1\n  overrides "one" at web.yml:2:11\n',
    )
    expect(JSON.parse((await go('host', 'a', '--explain', 'w', '--format', 'json')).stdout)).toEqual({
      host: 'a',
      name: 'w',
      value: 'two',
      source: { file: 'group_vars/db.yml', line: 1, col: 1 },
      overrides: [{ value: 'one', source: { file: 'web.yml', line: 2, col: 11 } }],
    })
    expect(await go('host', 'd')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('there is a, b, c'),
    })
    expect((await go('tree')).code).toBe(5)
  })

  it('knows its version, its help with examples, and its schemas', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(await certwright(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` })
    expect(await run('dist/main.js', ['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` })
    expect((await certwright(['--help'])).stdout).toContain('Exit codes:')
    expect((await certwright(['plan', '--help'])).stdout).toContain(
      'certwright plan playbooks/starlingx-etcd.yml',
    )
    expect((await certwright(['schema'])).stdout).toBe('facts\ninventory\nplan\nplaybook\npolicy\n')
    expect((await certwright(['schema', 'plan'])).stdout).toBe(
      readFileSync('schemas/plan.schema.json', 'utf8'),
    )
  })
})

it.each([
  ['2036-11-12', '2036-11-12T00:00:00.000Z'],
  ['2036-11-12T00:10', '2036-11-12T00:10:00.000Z'],
  ['2036-11-12T00:10:30Z', '2036-11-12T00:10:30.000Z'],
  ['2036-11-12T00:10+02:00', '2036-11-11T22:10:00.000Z'],
  ['2036-02-29', '2036-02-29T00:00:00.000Z'],
  ['2035-02-29', undefined],
  ['2036-13-01', undefined],
  ['0000-01-01', undefined],
  ['1949-12-31', undefined],
  ['9999-12-31T23:59:59-01:00', undefined],
  ['tomorrow', undefined],
  ['', undefined],
])('--at %j is %s', (text, iso) => {
  expect(parseInstant(text)?.toISOString()).toBe(iso)
})
