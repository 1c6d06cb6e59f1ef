import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Engine, makeEngine, smallPolicy } from './engine.ts'
import { freePort } from './etcd.ts'

export interface TrustingServer {
  readonly engine: Engine
  /** While true, a restart succeeds and does nothing. */
  deafen(deaf: boolean): void
  act(verb: 'start' | 'stop'): void
}

interface Options {
  /** Whether it names whom it trusts, to whoever begins a handshake. */
  readonly isNaming: boolean
  /** Whether its manager knows since when it has been running. */
  readonly hasUptime: boolean
  /** It says that it has restarted it when it has not. */
  readonly isLying?: boolean
  readonly onFailure: 'keep' | 'rollback'
  readonly distrust?: 'restart' | 'next_restart'
}

/** A day before now. */
export const yesterday = new Date(Date.now() - 86_400_000).toISOString()

/** An openssl s_server that reads whom it trusts at its start, below an authority that is due today. */
export async function makeTrustingServer(options: Options): Promise<TrustingServer> {
  const port = await freePort()
  const engine = await makeEngine(
    smallPolicy('', 'rotation: ROTATION', describeService(port, options)),
    ['node-1'],
    `on_failure: ${options.onFailure}`,
  )
  const control = join(engine.folder, 'control')
  const root = engine.root()
  const trust = options.isNaming ? '-CAfile' : '-verifyCAfile'
  writeFileSync(
    control,
    `#!/bin/sh
cd '${engine.folder}'
alive() { [ -f pid ] && kill -0 "$(cat pid)" 2>/dev/null; }
start() {
  date +%s >since
  setsid openssl s_server -accept ${port} -cert '${root}/pki/leaf.crt' -key '${root}/pki/leaf.key' -cert_chain '${root}/pki/leaf.crt' \\
    -Verify 1 -verify_return_error ${trust} '${root}/pki/ca.crt' -quiet >/dev/null 2>&1 </dev/null &
  echo $! >pid
}
stop() { alive && kill -9 "$(cat pid)"; while alive; do sleep 0.05; done; rm -f pid; }
case $1 in
  active) alive ;;
  uptime) alive && ${options.isLying ? 'echo $(($(date +%s) - $(cat since)))' : 'ps -o etimes= -p "$(cat pid)"'} ;;
  start) start ;;
  stop) stop ;;
  restart) date +%s >since; [ -e deaf ] || { stop; start; } ;;
esac
`,
  )
  chmodSync(control, 0o755)
  const policy = engine.read('../../policy.yml').toString().replaceAll('CONTROL', control)
  const rotation = `{ method: bundle, start: automatic, distrust: ${options.distrust ?? 'restart'} }`
  await engine.write('policy.yml', policy.replace('ROTATION', rotation))
  const act = (verb: string) => void execFileSync(control, [verb], { stdio: 'ignore' })
  onTestFinished(() => act('stop'))
  await engine.apply(yesterday)
  act('start')
  const due = engine.read('../../policy.yml').toString().replace('renew_before: 365d', 'renew_before: 3649d')
  await engine.write('policy.yml', due)
  // Starts are told in whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const deaf = join(engine.folder, 'deaf')
  return {
    engine,
    act,
    deafen: (isDeaf) => (isDeaf ? writeFileSync(deaf, '') : rmSync(deaf, { force: true })),
  }
}

function describeService(port: number, { hasUptime }: Options): string {
  const uptime = hasUptime ? ', uptime: [CONTROL, uptime]' : ''
  return `services:
  web:
    manager: command
    command: { restart: [CONTROL, restart], is_active: [CONTROL, active]${uptime} }
    uses: { leaf: restart, ca: restart }
    probe:
      tls: { address: "127.0.0.1:${port}", present: leaf, expect: leaf }
      trust: ["127.0.0.1:${port}"]
      retries: 4
      delay: 1s
      deadline: 20s
`
}
