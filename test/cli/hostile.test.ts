// Names that somebody hopes nobody looks at closely, wherever a name can come from, through the program as it is shipped.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { formatJson } from '../../src/model/visible.ts'
import { certwright, type Ran, run, stateFolder } from '../support/certwright.ts'
import { smallPolicy } from '../support/engine.ts'
import { hostileName, steering } from '../support/hostile.ts'
import { makeFolder, writeFiles } from '../support/workspace.ts'

const quoted = formatJson(hostileName)

async function makeScene() {
  const folder = makeFolder()
  await writeFiles(folder, {
    'policy.yml': smallPolicy(),
    'play.yml': `- { name: ${quoted}, hosts: all, policy: policy.yml }\n`,
    'hosts.yml': `all: { hosts: { node-1: { ansible_connection: local, certwright_root: root, odd: ${quoted} } } }\n`,
    'root/x': '',
  })
  const go = (...args: string[]) => certwright(args, { cwd: folder })
  return { folder, go, play: ['play.yml', '-i', 'hosts.yml'] }
}

/** A line that begins as the forged one does was written by the name. */
function expectHarmless({ stdout, stderr, code }: Ran): void {
  for (const text of [stdout, stderr]) {
    expect(text.replaceAll('\n', '')).not.toMatch(steering)
    expect(text).not.toMatch(/^Plan: 0 to create/m)
  }
  expect(code).not.toBe(1)
}

describe('a hostile name reaches no terminal as it is', () => {
  it('from a play, an inventory, a certificate, an alarm record and an audit log, by any command', async () => {
    const { folder, go, play } = await makeScene()
    expectHarmless(await go('apply', ...play, '--auto-approve'))
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-utf8'],
      ...['-subj', `/CN=${hostileName.replaceAll('/', '')}`, '-keyout', join(folder, 'root/pki/leaf.key')],
      ...['-out', join(folder, 'root/pki/leaf.crt')],
    ])
    const alarm = { id: '250.003', severity: 'major', raisedAt: '2026-01-01T00:00:00Z', policies: ['policy'] }
    const record = { ...alarm, entity: 'host=x', reason: hostileName, repair: hostileName }
    writeFileSync(
      join(folder, 'root/var/lib/certwright/alarms.json'),
      JSON.stringify({ alarms: [record, { ...record, entity: 'host=node-1' }] }),
    )
    const generations = join(folder, 'root/var/lib/certwright/generations')
    const [kept = ''] = readdirSync(generations)
    renameSync(join(generations, kept), join(generations, `x\u001b[2J\n${kept}`))
    const log = join(stateFolder(), 'audit.jsonl')
    writeFileSync(log, readFileSync(log, 'utf8').replaceAll('"user":"', `"user":"\u202e\u009b2J\\n`))
    const all = [
      await go('validate', ...play),
      await go('validate', ...play, '--format', 'json'),
      await go('plan', ...play, '-v'),
      await go('plan', ...play, '--format', 'json'),
      await go('status', ...play),
      await go('status', ...play, '--format', 'json'),
      await go('facts', ...play),
      await go('history'),
      await go('history', '--format', 'json'),
      await go('history', '--verify'),
      await go('history', ...play),
      await go('recover', ...play),
      await go('rollback', 'play.yml', 'node-1', hostileName, '-i', 'hosts.yml', '--auto-approve'),
      await go('rollback', 'play.yml', hostileName, '-i', 'hosts.yml', '--auto-approve'),
      await go('inventory', 'list', '-i', 'hosts.yml'),
      await go('inventory', 'graph', '-i', 'hosts.yml'),
      await go('inventory', 'host', 'node-1', '-i', 'hosts.yml'),
      await go('inventory', 'host', 'node-1', '-i', 'hosts.yml', '--explain', 'odd'),
      await go('inventory', 'host', hostileName, '-i', 'hosts.yml'),
      await go('apply', ...play, '--auto-approve'),
    ]
    for (const ran of all) expectHarmless(ran)
    expect(all[2]?.stdout).toContain('x\\x1b[2Jy')
  }, 240_000)

  it('from the command line itself', async () => {
    const odd = [
      await certwright([hostileName]),
      await certwright(['plan', `--${hostileName}`]),
      await certwright(['plan', 'x', '--format', hostileName]),
      await certwright(['plan', hostileName, '-i', hostileName]),
      await certwright(['plan', hostileName, '-i', hostileName, '--format', 'json']),
      await certwright(['validate', hostileName, '-i', hostileName, '--format', 'github']),
      await certwright(['validate', hostileName, '-i', hostileName, '--format', 'sarif']),
      await certwright(['plan', 'x', '-i', 'y', '-e', hostileName, '--limit', hostileName]),
      await certwright(['schema', hostileName]),
    ]
    for (const ran of odd) expectHarmless(ran)
    expect(odd[1]?.stderr).toContain("error: unknown option '--x\\x1b[2Jy")
  }, 120_000)

  it('from whoever holds the lock', async () => {
    const { folder, go, play } = await makeScene()
    const state = join(folder, 'root/var/lib/certwright')
    mkdirSync(state, { recursive: true })
    writeFileSync(join(state, 'lock'), `${hostileName}\n`)
    const holder = spawn('flock', [join(state, 'lock'), 'sh', '-c', 'echo held; exec sleep 60'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    onTestFinished(() => void process.kill(-(holder.pid ?? 0), 'SIGKILL'))
    await once(holder.stdout, 'data')
    const ran = await go('apply', ...play, '--auto-approve')
    expect(ran.code).toBe(9)
    expectHarmless(ran)
  }, 60_000)
})

it('nothing but cli/output.ts writes to the terminal, and what it takes is made by report/shown.ts', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  const writes = /process\.std(out|err)\.write|console\.|\bas Shown\b/
  const found = files.filter((file) => writes.test(readFileSync(join('src', file), 'utf8'))).sort()
  expect(found).toEqual(['cli/output.ts', 'cli/watch-output.ts', 'report/shown.ts'])
})
