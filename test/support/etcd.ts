import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Ran, run } from './certwright.ts'

/** A real etcd on loopback ports, on the files below a root, with a script that a command manager drives it by. */
export interface Etcd {
  readonly port: number
  readonly control: string
  /** While true, the restart command fails and does nothing. */
  breakRestart(broken: boolean): void
  start(): void
  stop(): void
  pid(): string
  /** A put over mTLS with one of the issued client pairs. */
  put(certificate: string, privateKey: string): Promise<Ran>
  log(): string
}

export async function prepareEtcd(folder: string, root: string): Promise<Etcd> {
  const port = await freePort()
  const peerPort = await freePort()
  const control = join(folder, 'etcd-control')
  const broken = join(folder, 'restart-is-broken')
  writeFileSync(control, controlScript(folder, root, port, peerPort))
  chmodSync(control, 0o755)
  const act = (verb: string) =>
    execFileSync(control, [verb], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
  return {
    port,
    control,
    breakRestart: (yes) => (yes ? writeFileSync(broken, '') : rmSync(broken, { force: true })),
    start: () => act('start'),
    stop: () => act('stop'),
    pid: () => readFileSync(join(folder, 'etcd.pid'), 'utf8').trim(),
    put: (certificate, privateKey) =>
      run(
        'etcdctl',
        [
          `--endpoints=https://127.0.0.1:${port}`,
          `--cacert=${join(root, 'etc/etcd/ca.crt')}`,
          `--cert=${join(root, certificate)}`,
          `--key=${join(root, privateKey)}`,
          '--dial-timeout=3s',
          '--command-timeout=5s',
          'put',
          'key',
          'value',
        ],
        { env: { ETCDCTL_API: '3' } },
      ),
    log: () => (existsSync(join(folder, 'etcd.log')) ? readFileSync(join(folder, 'etcd.log'), 'utf8') : ''),
  }
}

function controlScript(folder: string, root: string, port: number, peerPort: number): string {
  return `#!/bin/sh
cd '${folder}' || exit 1
running() { [ -f etcd.pid ] && kill -0 "$(cat etcd.pid)" 2>/dev/null; }
start() {
  setsid etcd --name default --data-dir '${folder}/data' --logger zap \\
    --listen-client-urls https://127.0.0.1:${port} --advertise-client-urls https://127.0.0.1:${port} \\
    --listen-peer-urls http://127.0.0.1:${peerPort} --initial-advertise-peer-urls http://127.0.0.1:${peerPort} \\
    --initial-cluster default=http://127.0.0.1:${peerPort} \\
    --client-cert-auth --trusted-ca-file '${root}/etc/etcd/ca.crt' \\
    --cert-file '${root}/etc/etcd/etcd-server.crt' --key-file '${root}/etc/etcd/etcd-server.key' \\
    >etcd.log 2>&1 </dev/null &
  echo $! >etcd.pid
}
stop() { running && kill "$(cat etcd.pid)"; while running; do sleep 0.05; done; rm -f etcd.pid; }
case $1 in
  start) start ;;
  stop) stop ;;
  restart) [ -f restart-is-broken ] && { echo 'the service manager is away' >&2; exit 1; }; stop; start ;;
  active) running ;;
  uptime) running && ps -o etimes= -p "$(cat etcd.pid)" ;;
esac
`
}

/** Below those that the system gives to whoever connects: such a port may be taken again before its server listens. */
const ports = { first: 15_000, last: 32_000 }

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(ports.first, ports.last)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
