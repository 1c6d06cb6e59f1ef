// Real Debian hosts on this machine: an overlay, a network namespace and a systemd of its own for each, and a control
// node in a namespace beside them. Nothing of the machine's own network is touched; `close` takes everything away.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ran } from '../support/certwright.ts'
import { buildRootFileSystem } from './rootfs.ts'

export interface LabHost {
  readonly name: string
  readonly address: string
  /** Where its root is on this machine, for looking at files; it is its own while it is off. */
  readonly root: string
  /** Runs a script there, as root over ssh; what it printed. Throws when it fails. */
  run(script: string): string
  powerOn(): Promise<void>
  /** Like pulling the plug. */
  powerOff(): Promise<void>
  /** Its cable, out or in. */
  connect(connected: boolean): void
}

export interface Lab {
  readonly folder: string
  readonly hosts: Readonly<Record<string, LabHost>>
  /** `ansible_…` lines that every host of an inventory needs. */
  readonly sshVars: Readonly<Record<string, string>>
  /** Runs the built program on the control node. */
  certwright(args: readonly string[]): Promise<Ran>
  /** Runs a program on the control node. */
  control(argv: readonly string[]): Ran
  /** Starts a program on the control node. */
  start(argv: readonly string[]): ChildProcess
  close(): Promise<void>
}

interface HostPlan {
  /** Below 10.77.0.0/24. */
  readonly address: string
  /** Files in place before it first boots. */
  readonly files?: Readonly<Record<string, { readonly text: string; readonly mode?: number }>>
  /** Folders of this machine that it shares, by path there. */
  readonly binds?: Readonly<Record<string, string>>
}

const sh = (file: string, ...args: string[]) =>
  execFileSync(file, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString()
const quietly = (file: string, ...args: string[]) => void spawnSync(file, args, { stdio: 'ignore' })

export async function openLab(plans: Readonly<Record<string, HostPlan>>): Promise<Lab> {
  const base = buildRootFileSystem()
  const id = randomBytes(3).toString('hex')
  const folder = mkdtempSync(join(tmpdir(), 'certwright-lab-'))
  chmodSync(folder, 0o755)
  const control = `cw${id}-ctl`
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const key = join(folder, 'key')
  sh('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key)
  writeFileSync(join(folder, 'known_hosts'), '')
  const sshArgs = `-F none -o UserKnownHostsFile=${folder}/known_hosts`
  sh('ip', 'netns', 'add', control)
  undo.push(() => quietly('ip', 'netns', 'del', control))
  const inControl = (...argv: string[]) => sh('ip', 'netns', 'exec', control, ...argv)
  inControl('ip', 'link', 'set', 'lo', 'up')
  inControl('ip', 'link', 'add', 'br0', 'type', 'bridge')
  inControl('ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'br0')
  inControl('ip', 'link', 'set', 'br0', 'up')

  const hosts: Record<string, LabHost> = {}
  const close = async () => {
    for (const host of Object.values(hosts)) await host.powerOff().catch(() => undefined)
    for (const step of undo.toReversed()) step()
  }
  try {
    for (const [index, [name, plan]] of Object.entries(plans).entries())
      hosts[name] = makeHost({ name, plan, id, index, base, folder, control, key, sshArgs, undo })
    await Promise.all(Object.values(hosts).map((host) => host.powerOn()))
  } catch (error) {
    await close()
    throw error
  }
  const start = (argv: readonly string[]) =>
    spawn('ip', ['netns', 'exec', control, ...argv], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
  return {
    folder,
    hosts,
    sshVars: {
      ansible_user: 'root',
      ansible_ssh_private_key_file: key,
      ansible_ssh_common_args: sshArgs,
    },
    certwright: (args) => collect(start([process.execPath, resolve('dist/main.js'), ...args])),
    control: (argv) => {
      const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', control, ...argv], {
        encoding: 'utf8',
        cwd: folder,
      })
      return { code: status, stdout, stderr }
    },
    start,
    close,
  }
}

async function collect(child: ChildProcess): Promise<Ran> {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  const code = await new Promise<number | null>((settle) => child.on('close', settle))
  return { code, stdout, stderr }
}

interface HostContext {
  readonly name: string
  readonly plan: HostPlan
  readonly id: string
  readonly index: number
  readonly base: string
  readonly folder: string
  readonly control: string
  readonly key: string
  readonly sshArgs: string
  readonly undo: (() => unknown)[]
}

function makeHost(context: HostContext): LabHost {
  const { name, plan, id, index, folder, control, key, sshArgs, undo } = context
  const { address } = plan
  const namespace = `cw${id}-${index}`
  const root = mountOverlay(context)
  layNetwork(namespace, control, `cw${id}v${index}`, address, undo)
  prepareFiles(root, context)
  let machine: ChildProcess | undefined
  const ssh = (script: string, timeout = 60_000) =>
    spawnSync(
      'ip',
      [
        'netns',
        'exec',
        control,
        'ssh',
        ...sshArgs.split(' '),
        '-i',
        key,
        '-o',
        'BatchMode=yes',
        '-o',
        'ConnectTimeout=3',
        `root@${address}`,
        script,
      ],
      { encoding: 'utf8', timeout },
    )
  const run = (script: string) => {
    const { status, stdout, stderr } = ssh(script)
    if (status !== 0) throw new Error(`${name}: ${script}: exit ${status}\n${stdout}${stderr}`)
    return stdout
  }
  const binds = Object.entries(plan.binds ?? {}).map(([to, from]) => `--bind=${from}:${to}`)
  const powerOn = async () => {
    const log = openSync(join(folder, `${name}.log`), 'a')
    const args = [
      '--register=no',
      '--keep-unit',
      '--quiet',
      '-D',
      root,
      '-b',
      '-M',
      name,
      `--hostname=${name}`,
    ]
    machine = spawn(
      'systemd-nspawn',
      [
        ...args,
        `--network-namespace-path=/run/netns/${namespace}`,
        '--resolv-conf=off',
        '--timezone=off',
        ...binds,
      ],
      { stdio: ['ignore', log, log], detached: true },
    )
    for (let tries = 0; tries < 120; tries += 1) {
      if (/running|degraded/.test(ssh('systemctl is-system-running || true', 10_000).stdout ?? '')) return
      await sleep(500)
    }
    throw new Error(
      `${name} does not boot: ${readFileSync(join(folder, `${name}.log`), 'utf8').slice(-2000)}`,
    )
  }
  const powerOff = async () => {
    const going = machine
    machine = undefined
    if (going?.pid === undefined || going.exitCode !== null) return
    const ended = new Promise((settle) => going.on('exit', settle))
    process.kill(-going.pid, 'SIGKILL')
    await ended
    // Its processes end with their pid namespace, which takes a moment.
    await sleep(500)
  }
  const connect = (connected: boolean) =>
    void sh(
      'ip',
      'netns',
      'exec',
      control,
      'ip',
      'link',
      'set',
      `cw${id}v${index}`,
      connected ? 'up' : 'down',
    )
  return { name, address, root, run, powerOn, powerOff, connect }
}

function mountOverlay({ name, base, folder, undo }: HostContext): string {
  const [upper, work, root] = ['upper', 'work', 'root'].map((part) => join(folder, name, part)) as [
    string,
    string,
    string,
  ]
  for (const each of [upper, work, root]) mkdirSync(each, { recursive: true })
  sh('mount', '-t', 'overlay', 'overlay', '-o', `lowerdir=${base},upperdir=${upper},workdir=${work}`, root)
  undo.push(() => quietly('umount', '-l', root))
  return root
}

function layNetwork(
  namespace: string,
  control: string,
  cable: string,
  address: string,
  undo: (() => unknown)[],
): void {
  sh('ip', 'netns', 'add', namespace)
  undo.push(() => quietly('ip', 'netns', 'del', namespace))
  sh('ip', '-n', control, 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'host0', 'netns', namespace)
  sh('ip', '-n', control, 'link', 'set', cable, 'master', 'br0', 'up')
  sh('ip', '-n', namespace, 'link', 'set', 'lo', 'up')
  sh('ip', '-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'host0')
  sh('ip', '-n', namespace, 'link', 'set', 'host0', 'up')
}

function prepareFiles(root: string, { folder, key, plan }: HostContext): void {
  const write = (path: string, text: string, mode = 0o644) => {
    const at = join(root, path)
    mkdirSync(dirname(at), { recursive: true })
    writeFileSync(at, text)
    chmodSync(at, mode)
  }
  write('/root/.ssh/authorized_keys', readFileSync(`${key}.pub`, 'utf8'), 0o600)
  chmodSync(join(root, 'root/.ssh'), 0o700)
  for (const kind of ['rsa', 'ecdsa', 'ed25519']) {
    const path = join(root, `etc/ssh/ssh_host_${kind}_key`)
    for (const file of [path, `${path}.pub`]) rmSync(file, { force: true })
    if (kind === 'ed25519') sh('ssh-keygen', '-q', '-t', kind, '-N', '', '-f', path)
  }
  const hostKey = readFileSync(join(root, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8')
  appendFileSync(join(folder, 'known_hosts'), `${plan.address} ${hostKey}`)
  // No service but those that a test starts.
  rmSync(join(root, 'etc/systemd/system/multi-user.target.wants/etcd.service'), { force: true })
  for (const [path, { text, mode }] of Object.entries(plan.files ?? {})) write(path, text, mode)
}
