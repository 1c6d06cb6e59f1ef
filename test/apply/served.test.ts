import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Engine, makeEngine, outline, smallPolicy, start } from '../support/engine.ts'
import { freePort } from '../support/etcd.ts'

const later = (days: number) => new Date(Date.parse(start) + days * 86_400_000).toISOString()

/** A TLS server that reads its files once, at its start, whatever the policy says of it. */
async function withServer(
  effect: string,
  onFailure: string,
  bend = (policy: string) => policy,
  chain = '',
): Promise<{ engine: Engine; act: (verb: string) => void }> {
  const port = await freePort()
  const services = `services:
  web:
    manager: command
    command: { restart: [CONTROL, restart], reload: [CONTROL, reload], is_active: [CONTROL, active] }
    uses: { leaf: ${effect} }
    probe: { tls: { address: "127.0.0.1:${port}", expect: leaf }, retries: 8, delay: 1s, deadline: 3s }
`
  const engine = await makeEngine(bend(smallPolicy('', '', services)), ['node-1'], `on_failure: ${onFailure}`)
  const control = join(engine.folder, 'control')
  const root = engine.root()
  const run = `openssl s_server -accept ${port} -cert '${root}/pki/leaf.crt' -key '${root}/pki/leaf.key' ${chain && `${chain} '${root}/pki/leaf.crt'`} -quiet`
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

it('a certificate that is not for the name that a client asks for proves nothing', async () => {
  const bend = (policy: string) => policy.replace('"DNS:leaf.example", "IP:127.0.0.1"', '"DNS:leaf.example"')
  const { engine, act } = await withServer('restart', 'keep', bend)
  expect((await engine.apply()).alarms).toEqual([])
  const policy = readFileSync(join(engine.folder, 'policy.yml'), 'utf8')
  const askAs = (asked: string) =>
    engine.write('policy.yml', policy.replace('expect: leaf', `server_name: ${asked}, expect: leaf`))
  await askAs('elsewhere.example')
  const name = 'it serves a certificate for DNS:leaf.example, and was asked as elsewhere.example'
  const failed = await engine.apply(later(90))
  expect(failed.outcomes).toContainEqual(
    expect.objectContaining({ action: 'restart', status: 'failed', detail: expect.stringContaining(name) }),
  )
  act('stop')
  act('start')
  await askAs('leaf.example')
  expect((await engine.apply(later(90))).alarms).toEqual([])
})

describe('a service that read its chain at its start', () => {
  /** The chain comes into the file later, and the leaf stays. */
  async function withChain(effect: string) {
    const middle = `  middle:
    authority: ca
    subject: { common_name: middle }
    path_length: 0
    certificate: { path: /pki/middle.crt }
    private_key: { path: /pki/middle.key }
    validity: 3000d
    renew_before: 300d
`
    const bend = (policy: string) =>
      policy
        .replace('certificates:\n', `${middle}certificates:\n`)
        .replace(
          'authority: ca\n    subject: { common_name: leaf',
          'authority: middle\n    subject: { common_name: leaf',
        )
        .replace('/pki/leaf.crt }', '/pki/leaf.crt, include_chain: false }')
    const served = await withServer(effect, 'keep', bend, '-cert_chain')
    const policy = readFileSync(join(served.engine.folder, 'policy.yml'), 'utf8')
    await served.engine.write('policy.yml', policy.replace('include_chain: false', 'include_chain: true'))
    return served
  }

  it('owes a restart for a chain that has changed, until it serves it', async () => {
    const { engine } = await withChain('restart')
    writeFileSync(join(engine.folder, 'deaf'), '')
    expect(outline(await engine.plan())).toEqual(['update leaf: chain-differs', 'restart web: uses-changed'])
    expect((await engine.apply()).outcomes).toContainEqual(
      expect.objectContaining({
        action: 'restart',
        status: 'failed',
        detail: expect.stringContaining('it serves another chain'),
      }),
    )
    expect(outline(await engine.plan())).toContain('restart web: served-differs')
    rmSync(join(engine.folder, 'deaf'))
    expect((await engine.apply()).alarms).toEqual([])
    expect(outline(await engine.plan())).toEqual([])
  })

  it('and was to re-read it by itself has proved nothing, and is not told to restart', async () => {
    const { engine } = await withChain('hot')
    const { outcomes, alarms } = await engine.apply()
    expect(outcomes).toContainEqual(expect.objectContaining({ action: 'verify', status: 'failed' }))
    expect(alarms).toMatchObject([{ id: '250.003' }])
    // Neither told anything nor taken for mended.
    expect(outline(await engine.plan())).toEqual([])
  })
})

it('a service that is only a client proves what it can do at its endpoint', async () => {
  const port = await freePort()
  const services = (http: string) => `services:
  api:
    manager: command
    command: { restart: ["true"], is_active: ["true"] }
    uses: { ca: restart }
    probe: { http: { url: "https://127.0.0.1:${port}/ready", ${http} }, retries: 2, delay: 1s, deadline: 3s }
`
  const policy = (http: string) => smallPolicy('', '', services(http))
  const engine = await makeEngine(policy('authority: ca, present: leaf, body: "etcd ok"'), ['node-1'])
  let status = '500 Internal Server Error'
  const answer = () => `HTTP/1.1 ${status}\r\nConnection: close\r\n\r\netcd ok, ping not`
  const failed = await engine.apply()
  expect(failed.outcomes).toContainEqual(
    expect.objectContaining({
      address: 'node-1/service/api',
      status: 'failed',
      detail: expect.stringMatching(/^the connection was refused; not rolled back: /),
    }),
  )
  const files = {
    cert: engine.read('pki/leaf.crt'),
    key: engine.read('pki/leaf.key'),
    ca: engine.read('pki/ca.crt'),
  }
  const server = createServer({ ...files, requestCert: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => socket.end(answer()))
  })
  await new Promise<void>((resolve) => server.listen(port, resolve))
  onTestFinished(() => void server.close())
  const told = await engine.apply()
  expect(told.outcomes).toContainEqual(
    expect.objectContaining({
      action: 'restart',
      status: 'failed',
      detail: 'it answers 500, wanted 200: etcd ok, ping not',
    }),
  )
  status = '200 OK'
  const mended = await engine.apply()
  expect(mended.outcomes).toContainEqual(
    expect.objectContaining({ action: 'restart', status: 'done', detail: 'its probe passes' }),
  )
  expect(mended.alarms).toEqual([])
  expect(outline(await engine.plan())).toEqual([])
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
    {
      address: 'node-1/service/web',
      status: 'failed',
      detail:
        'exit status 4: not ready; not rolled back: what was there before is no better (ca was missing, leaf was missing)',
    },
    { action: 'raise' },
  ])
  await engine.write('policy.yml', smallPolicy('', '', services('["true"]')))
  expect((await engine.apply()).alarms).toEqual([])
})

it('a probe that fails on a night with nothing else to do is asked again, and raises its alarm until it passes', async () => {
  const services = (exitCode: number, more: string) =>
    `services:\n  web:\n    manager: command\n    command: { restart: ["true"], is_active: ["true"] }\n    ${more}\n    uses: { leaf: restart }\n    probe: { command: [sh, -c, "exit ${exitCode}"], retries: 1, delay: 1s, deadline: 3s }\n`
  const engine = await makeEngine(smallPolicy('', '', services(0, '')), ['node-1'])
  const probe = (exitCode: number) => engine.write('policy.yml', smallPolicy('', '', services(exitCode, '')))
  await engine.apply()
  await probe(4)
  const message = 'its probe fails: exit status 4'
  const { plan, result, status } = await engine.night()
  expect(plan.changes).toEqual([])
  expect(plan.unchanged).toContainEqual(expect.objectContaining({ name: 'web', verify: message }))
  expect(result.outcomes).toMatchObject([
    { action: 'verify', status: 'failed', detail: 'exit status 4' },
    { action: 'raise', status: 'done' },
  ])
  expect(result.alarms).toMatchObject([
    { id: '250.003', repair: expect.stringContaining('web: exit status 4') },
  ])
  expect(status.services).toMatchObject([{ owed: [{ code: 'probe-fails', message }] }])
  await probe(0)
  expect((await engine.night()).result.alarms).toEqual([])
})

it('a status says of a probe that fails once that its alarm would be raised', async () => {
  const services = `services:\n  web:\n    manager: none\n    probe: { command: [sh, -c, "exit EXIT"], retries: 0, delay: 1s, deadline: 1s }\n`
  const policy = (exit: string) => smallPolicy('', '', services.replace('EXIT', exit))
  const engine = await makeEngine(policy('0'), ['node-1'])
  await engine.apply()
  // Fails when it is asked first, and passes the second time, as a run asks.
  await engine.write(
    'policy.yml',
    policy(`$([ -e F ] || { touch F; echo 1; })`)
      .replaceAll('F ', `${engine.folder}/f `)
      .replaceAll('F;', `${engine.folder}/f;`),
  )
  const { plan, result } = await engine.night()
  expect(plan.tasks.map(({ id }) => id)).toEqual(['verify node-1/service/web', 'alarms node-1'])
  expect([result.outcomes.map(({ status }) => status), result.alarms]).toEqual([['done'], []])
})

it('a probe that fails where nothing changes keeps no other host waiting', async () => {
  const services = `services:\n  web:\n    manager: command\n    command: { restart: ["true"] }\n    uses: { leaf: restart }\n    probe: { command: [sh, -c, "[ ! -e BROKEN-{{ inventory_hostname }} ]"], retries: 0, delay: 1s, deadline: 1s }\n`
  const engine = await makeEngine(smallPolicy('', '', services), ['a', 'b'], 'serial: 1')
  const policy = readFileSync(join(engine.folder, 'policy.yml'), 'utf8')
  await engine.write('policy.yml', policy.replace('BROKEN', join(engine.folder, 'broken')))
  await engine.apply()
  writeFileSync(join(engine.folder, 'broken-a'), '')
  rmSync(join(engine.root('b'), 'pki/leaf.crt'))
  const { outcomes } = await engine.apply()
  expect(outcomes.map(({ address, action, status }) => `${action} ${address} ${status}`)).toEqual([
    'create b/certificate/leaf done',
    'restart b/service/web done',
    'verify a/service/web failed',
    'raise a/alarm/250.003 done',
  ])
})
