import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { prepareRoot } from './host-root.ts'
import { quietly, sh } from './shell.ts'

export interface HostPlan {
  /** Below 10.77.0.0/24. */
  readonly address: string
  /** Files in place before it first boots, by path; a script has its first line with #!. */
  readonly files?: Readonly<Record<string, string>>
  /** Folders that it shares with other hosts, by path; the name is the share's. */
  readonly shares?: Readonly<Record<string, string>>
}

export interface LabHost {
  readonly name: string
  readonly address: string
  /** Where its root is on this machine, for looking at files. */
  readonly root: string
  /** Runs a script there, as root over ssh; what it printed, trimmed. Throws when it fails. */
  run(script: string): string
  /** A file there, as text. */
  read(path: string): string
  powerOn(): Promise<void>
  /** Like pulling the plug. */
  powerOff(): Promise<void>
  /** Its network cable, in or out. */
  connect(connected: boolean): void
}

export interface HostContext {
  readonly name: string
  readonly plan: HostPlan
  /** Of the lab: names of namespaces and cables begin with it. */
  readonly id: string
  readonly index: number
  readonly base: string
  readonly folder: string
  readonly control: string
  readonly key: string
  readonly sshArgs: string
  readonly undo: (() => unknown)[]
}

export function makeHost(context: HostContext): LabHost {
  const { name, plan, folder, control, undo } = context
  const cable = `${context.id}v${context.index}`
  const { root, binds } = prepareRoot(context)
  const namespace = layCable(context, cable)
  let machine: ChildProcess | undefined
  const kill = () => {
    const going = machine
    machine = undefined
    if (going?.pid === undefined || going.exitCode !== null || going.signalCode !== null) return
    // The first process in there takes all others with it, and then systemd-nspawn ends too; not the other way round.
    const inside = readFileSync(`/proc/${going.pid}/task/${going.pid}/children`, 'utf8').trim()
    process.kill(Number(inside || going.pid), 'SIGKILL')
    return new Promise((settle) => going.on('exit', settle))
  }
  undo.push(kill)
  const power = (on: boolean) => sh('ip', '-n', namespace, 'link', 'set', 'host0', on ? 'up' : 'down')
  const powerOn = async () => {
    power(true)
    machine = boot(context, root, namespace, binds)
    for (let tries = 0; tries < 120; tries += 1) {
      const state = ssh(context, 'systemctl is-system-running', 10_000).stdout ?? ''
      if (/running|degraded/.test(state)) return
      await sleep(250)
    }
    throw new Error(
      `${name} does not boot: ${readFileSync(join(folder, `${name}.log`), 'utf8').slice(-2000)}`,
    )
  }
  const run = (script: string) => {
    const { status, stdout, stderr } = ssh(context, script, 60_000)
    if (status !== 0) throw new Error(`${name}: ${script}: exit ${status}\n${stdout}${stderr}`)
    return stdout.trim()
  }
  return {
    name,
    address: plan.address,
    root,
    run,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    powerOn,
    powerOff: async () => {
      power(false)
      await kill()
    },
    connect: (connected) => void sh('ip', '-n', control, 'link', 'set', cable, connected ? 'up' : 'down'),
  }
}

function layCable({ id, index, control, plan, undo }: HostContext, cable: string): string {
  const namespace = `${id}-${index}`
  sh('ip', 'netns', 'add', namespace)
  undo.push(() => quietly('ip', 'netns', 'del', namespace))
  sh('ip', '-n', control, 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'host0', 'netns', namespace)
  sh('ip', '-n', control, 'link', 'set', cable, 'master', 'br0', 'up')
  sh('ip', '-n', namespace, 'link', 'set', 'lo', 'up')
  sh('ip', '-n', namespace, 'addr', 'add', `${plan.address}/24`, 'dev', 'host0')
  sh('ip', '-n', namespace, 'link', 'set', 'host0', 'up')
  return namespace
}

/** It is shut down when this process dies, whatever of. */
function boot(
  { name, folder }: HostContext,
  root: string,
  namespace: string,
  binds: readonly string[],
): ChildProcess {
  const log = openSync(join(folder, `${name}.log`), 'a')
  const nspawn = ['systemd-nspawn', '--register=no', '--keep-unit', '--quiet', '-D', root, '-b', '-M', name]
  const network = [`--hostname=${name}`, `--network-namespace-path=/run/netns/${namespace}`]
  const plain = ['--capability=CAP_NET_ADMIN', '--resolv-conf=off', '--timezone=off', ...binds]
  return spawn('setpriv', ['--pdeathsig', 'TERM', ...nspawn, ...network, ...plain], {
    stdio: ['ignore', log, log],
    detached: true,
  })
}

function ssh({ control, sshArgs, key, plan }: HostContext, script: string, timeout: number) {
  const options = [...sshArgs.split(' '), '-i', key, '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=3']
  const argv = ['netns', 'exec', control, 'ssh', ...options, `root@${plan.address}`, script]
  return spawnSync('ip', argv, { encoding: 'utf8', timeout })
}
