// One etcd of a cluster on loopback ports, and the script by which certwright's command manager drives it.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ran, run } from '../support/certwright.ts'
import { freePort } from '../support/etcd.ts'
import { writeProgram } from '../support/workspace.ts'

export interface Ports {
  readonly client: number
  readonly peer: number
}

export interface Restart {
  readonly member: string
  /** Of the process that was stopped. */
  readonly pid: string
  /** Whether it led the others when it was told. */
  readonly led: boolean
}

export interface Member {
  readonly name: string
  readonly ports: Ports
  /** What `certwright_root` is. */
  readonly root: string
  readonly control: string
  readonly pki: (file: string) => string
  start(): void
  stop(): void
  /** Of the process that runs now; empty: none does. */
  pid(): string
  /** While a restart is on its way. */
  isBusy(): boolean
  etcdctl(...args: string[]): Promise<Ran>
  /** A restart command that says that it has done its work, and does nothing; `restart uptime`: and a manager that believes it. */
  lieAbout(what: 'restart' | 'restart uptime' | undefined): void
}

export async function choosePorts(): Promise<Ports> {
  return { client: await freePort(), peer: await freePort() }
}

/** `members`: of all of them, by name. */
export function prepareMember(
  folder: string,
  name: string,
  members: Readonly<Record<string, Ports>>,
): Member {
  const root = join(folder, name)
  const ports = members[name] ?? { client: 0, peer: 0 }
  const pki = (file: string) => join(root, 'etc/etcd/pki', file)
  const state = join(folder, `${name}-etcd`)
  const control = join(state, 'control')
  const lies = join(state, 'lies')
  mkdirSync(state, { recursive: true })
  const peers = Object.entries(members).map(([each, { peer }]) => `${each}=https://127.0.0.1:${peer}`)
  writeProgram(
    control,
    controlScript({ name, state, ports, pki: pki('').replace(/\/$/, ''), cluster: peers.join(',') }),
  )
  const act = (verb: string) =>
    execFileSync(control, [verb], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
  return {
    name,
    ports,
    root,
    control,
    pki,
    start: () => void act('start'),
    stop: () => void act('stop'),
    pid: () => act('pid'),
    isBusy: () => existsSync(join(state, 'busy')),
    lieAbout: (what) => (what ? writeFileSync(lies, what) : rmSync(lies, { force: true })),
    etcdctl: (...args) =>
      run(
        'etcdctl',
        [
          `--endpoints=https://127.0.0.1:${ports.client}`,
          `--cacert=${pki('ca.crt')}`,
          `--cert=${pki('client.crt')}`,
          `--key=${pki('client.key')}`,
          '--dial-timeout=5s',
          '--command-timeout=20s',
          ...args,
        ],
        { env: { ETCDCTL_API: '3' } },
      ),
  }
}

/** In the order in which they were told, of all members below a folder. */
export function readRestarts(folder: string): Restart[] {
  const file = join(folder, 'restarts')
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((each) => {
    const [member = '', pid = '', led] = each.split(' ')
    return { member, pid, led: led === 'led' }
  })
}

interface Scripted {
  readonly name: string
  /** Its data, its log and its process id. */
  readonly state: string
  readonly ports: Ports
  readonly pki: string
  readonly cluster: string
}

/** SIGTERM, as systemd does; elections only where a member is really gone, however busy the machine is. */
function controlScript({ name, state, ports, pki, cluster }: Scripted): string {
  const client = `https://127.0.0.1:${ports.client}`
  const peer = `https://127.0.0.1:${ports.peer}`
  return `cd '${state}' || exit 1
running() { [ -s pid ] && kill -0 "$(cat pid)" 2>/dev/null; }
start() {
  setsid etcd --name ${name} --data-dir data --logger zap --heartbeat-interval 300 --election-timeout 3000 \\
    --listen-client-urls ${client} --advertise-client-urls ${client} \\
    --listen-peer-urls ${peer} --initial-advertise-peer-urls ${peer} --initial-cluster ${cluster} \\
    --client-cert-auth --trusted-ca-file ${pki}/ca.crt --cert-file ${pki}/server.crt --key-file ${pki}/server.key \\
    --peer-client-cert-auth --peer-trusted-ca-file ${pki}/ca.crt --peer-cert-file ${pki}/peer.crt --peer-key-file ${pki}/peer.key \\
    >>etcd.log 2>&1 </dev/null &
  echo $! >pid
}
stop() { running && kill "$(cat pid)"; while running; do sleep 0.05; done; rm -f pid; }
leads() {
  set -- $(ETCDCTL_API=3 etcdctl --endpoints=${client} --cacert=${pki}/ca.crt --cert=${pki}/client.crt --key=${pki}/client.key \\
    endpoint status --write-out=fields | sed -n 's/^"MemberID" : //p; s/^"Leader" : //p')
  [ $# = 2 ] && [ "$1" = "$2" ]
}
case $1 in
  start) start ;;
  stop) stop ;;
  restart)
    [ -f lies ] && exit 0
    if leads; then led=led; else led=followed; fi
    echo "${name} $(cat pid) $led" >>../restarts
    >busy; stop; start; rm busy ;;
  active) running ;;
  uptime)
    grep -q uptime lies 2>/dev/null && { echo 0; exit 0; }
    running && ps -o etimes= -p "$(cat pid)" ;;
  pid) running && cat pid || true ;;
esac`
}
