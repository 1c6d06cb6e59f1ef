// Real Debian hosts on this machine: an overlay, a network namespace and a systemd of its own for each, and a control
// node in a namespace beside them. Nothing of the machine's own network is touched; `close` takes everything away.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Ran, stateFolder } from '../support/certwright.ts'
import { prefixes, sweepDeadLabs } from './dead-labs.ts'
import { type HostPlan, type LabHost, makeHost } from './host.ts'
import { buildRootFileSystem } from './rootfs.ts'
import { quietly, sh } from './shell.ts'

export interface Lab {
  /** The control node's working folder: inventories and playbooks go here. */
  readonly folder: string
  /** `ansible_…` lines that every host of an inventory needs. */
  readonly sshVars: Readonly<Record<string, string>>
  host(name: string): LabHost
  /** Runs the built program on the control node. */
  certwright(...args: string[]): Promise<Ran>
  /** Starts a program on the control node; it is killed with the lab. */
  start(...argv: string[]): ChildProcess
  close(): Promise<void>
}

export async function openLab(plans: Readonly<Record<string, HostPlan>>): Promise<Lab> {
  const base = buildRootFileSystem()
  sweepDeadLabs()
  const id = `${prefixes.namespace}${process.pid}`
  const folder = mkdtempSync(join(tmpdir(), `${prefixes.folder}${process.pid}-`))
  chmodSync(folder, 0o755)
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const sweep = () => {
    for (const step of undo.splice(0).reverse()) step()
  }
  // A run that ends before its hooks leaves nothing behind either.
  process.once('exit', sweep)
  const hosts = new Map<string, LabHost>()
  const close = async () => {
    for (const host of hosts.values()) await host.powerOff()
    sweep()
    process.off('exit', sweep)
  }
  const control = `${id}-ctl`
  const start = (...argv: string[]) => {
    const child = spawn('ip', ['netns', 'exec', control, ...argv], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CERTWRIGHT_STATE_DIR: stateFolder() },
    })
    undo.push(() => child.kill('SIGKILL'))
    return child
  }
  try {
    const key = join(folder, 'key')
    sh('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key)
    writeFileSync(join(folder, 'known_hosts'), '')
    layBridge(control, undo)
    const context = { id, base, folder, control, key, sshArgs: sshArguments(folder), undo }
    for (const [index, [name, plan]] of Object.entries(plans).entries())
      hosts.set(name, makeHost({ ...context, name, plan, index }))
    await Promise.all([...hosts.values()].map((host) => host.powerOn()))
    return {
      folder,
      sshVars: {
        ansible_user: 'root',
        ansible_ssh_private_key_file: key,
        ansible_ssh_common_args: sshArguments(folder),
      },
      host: (name) => hosts.get(name) ?? fail(`no host ${name}`),
      certwright: (...args) => collect(start(process.execPath, resolve('dist/main.js'), ...args)),
      start,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function fail(message: string): never {
  throw new Error(message)
}

/** Nothing of the user's own configuration has a say. */
function sshArguments(folder: string): string {
  return `-F none -o UserKnownHostsFile=${folder}/known_hosts`
}

/** The switch that all cables lead to stands on the control node. */
function layBridge(control: string, undo: (() => unknown)[]): void {
  sh('ip', 'netns', 'add', control)
  undo.push(() => quietly('ip', 'netns', 'del', control))
  sh('ip', '-n', control, 'link', 'set', 'lo', 'up')
  sh('ip', '-n', control, 'link', 'add', 'br0', 'type', 'bridge')
  sh('ip', '-n', control, 'addr', 'add', '10.77.0.1/24', 'dev', 'br0')
  sh('ip', '-n', control, 'link', 'set', 'br0', 'up')
}

export async function collect(child: ChildProcess): Promise<Ran> {
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
