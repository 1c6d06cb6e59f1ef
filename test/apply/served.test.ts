import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Engine, makeEngine, outline, smallPolicy, start } from '../support/engine.ts'
import { freePort } from '../support/etcd.ts'

const later = (days: number) => new Date(Date.parse(start) + days * 86_400_000).toISOString()

/** A TLS server that reads its files once, at its start, whatever the policy says of it. */
async function withServer(
  effect: string,
  onFailure: string,
): Promise<{ engine: Engine; act: (verb: string) => void }> {
  const port = await freePort()
  const services = `services:
  web:
    manager: command
    command: { restart: [CONTROL, restart], reload: [CONTROL, reload], is_active: [CONTROL, active] }
    uses: { leaf: ${effect} }
    probe: { tls: { address: "127.0.0.1:${port}", expect: leaf }, retries: 8, delay: 1s, deadline: 3s }
`
  const engine = await makeEngine(smallPolicy('', '', services), ['node-1'], `on_failure: ${onFailure}`)
  const control = join(engine.folder, 'control')
  const root = engine.root()
  const run = `openssl s_server -accept ${port} -cert '${root}/pki/leaf.crt' -key '${root}/pki/leaf.key' -quiet`
  writeFileSync(
    control,
    `#!/bin/sh
cd '${engine.folder}'
alive() { [ -f pid ] && kill -0 "$(cat pid)" 2>/dev/null; }
start() { setsid ${run} >/dev/null 2>&1 </dev/null & echo $! >pid; }
stop() { alive && kill -9 "$(cat pid)"; while alive; do sleep 0.05; done; rm -f pid; }
echo "$1" >>calls
case $1 in active) alive ;; start) start ;; stop) stop ;; restart|reload) [ -e deaf ] || { stop; start; } ;; esac
`,
  )
  chmodSync(control, 0o755)
  const policy = readFileSync(join(engine.folder, 'policy.yml'), 'utf8')
  await engine.write('policy.yml', policy.replaceAll('CONTROL', control))
  const act = (verb: string) => void execFileSync(control, [verb], { stdio: 'ignore' })
  onTestFinished(() => act('stop'))
  await engine.apply()
  act('start')
  await new Promise((resolve) => setTimeout(resolve, 500))
  return { engine, act }
}

describe('a service whose probe shows what it serves', () => {
  it('and that does not re-read what it should owes a restart, which heals it', async () => {
    const { engine } = await withServer('hot', 'keep')
    const at = later(90)
    const first = await engine.apply(at)
    expect(first.outcomes).toMatchObject([
      { status: 'done' },
      { action: 'verify', status: 'failed', detail: expect.stringContaining('on disk is') },
      { action: 'raise' },
    ])
    expect(outline(await engine.plan(at))).toEqual([
      'restart web: served-differs',
      'clear 250.003: alarm-resolved',
    ])
    const second = await engine.apply(at)
    expect(second.outcomes).toMatchObject([
      { action: 'restart', status: 'done', detail: expect.stringContaining('serves sha256:') },
      { action: 'clear' },
    ])
    expect(second.alarms).toEqual([])
    expect(outline(await engine.plan(at))).toEqual([])
  })

  it('and that went on with its old files after a reload owes a reload, and no restart', async () => {
    const { engine } = await withServer('reload', 'keep')
    const at = later(90)
    writeFileSync(join(engine.folder, 'deaf'), '')
    expect((await engine.apply(at)).outcomes).toContainEqual(
      expect.objectContaining({ action: 'reload', status: 'failed' }),
    )
    expect(outline(await engine.plan(at))).toContain('reload web: served-differs')
  })

  it('and that has to reload is reloaded, once', async () => {
    const { engine } = await withServer('reload', 'keep')
    const at = later(90)
    expect(outline(await engine.plan(at))).toEqual(['renew leaf: expires-soon', 'reload web: uses-changed'])
    expect((await engine.apply(at)).outcomes.map(({ status }) => status)).toEqual(['done', 'done'])
    expect(outline(await engine.plan(at))).toEqual([])
    const calls = readFileSync(join(engine.folder, 'calls'), 'utf8')
    expect(calls.match(/reload|restart/g)).toEqual(['reload'])
  })

  it('and that is stopped in between is left stopped', async () => {
    const { engine, act } = await withServer('restart', 'rollback')
    act('stop')
    const at = later(90)
    expect((await engine.apply(at)).outcomes).toMatchObject([{ action: 'renew', status: 'done' }])
    const calls = readFileSync(join(engine.folder, 'calls'), 'utf8')
    expect(calls).not.toContain('restart')
  })
})

it('a probe command is proof by its exit status', async () => {
  const services = (argv: string) =>
    `services:\n  web:\n    manager: command\n    command: { restart: ["true"], is_active: ["true"] }\n    uses: { leaf: restart }\n    probe: { command: ${argv}, retries: 1, delay: 1s, deadline: 2s }\n`
  const engine = await makeEngine(
    smallPolicy('', '', services('[sh, -c, "echo not ready >&2; exit 4"]')),
    ['node-1'],
    'on_failure: keep',
  )
  const failed = await engine.apply()
  expect(failed.outcomes).toMatchObject([
    {},
    {},
    { address: 'node-1/service/web', status: 'failed', detail: 'exit status 4: not ready' },
    { action: 'raise' },
  ])
  await engine.write('policy.yml', smallPolicy('', '', services('["true"]')))
  expect((await engine.apply()).alarms).toEqual([])
})
