import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { HostContext } from './host.ts'
import { quietly, sh } from './shell.ts'

/** A root file system of its own over the common one, with the control node's key let in, and its shared folders. */
export function prepareRoot(context: HostContext): { root: string; binds: string[] } {
  const root = mountOverlay(context)
  const { folder, key, plan } = context
  const write = (path: string, text: string, mode: number) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    chmodSync(join(root, path), mode)
  }
  write('/root/.ssh/authorized_keys', readFileSync(`${key}.pub`, 'utf8'), 0o600)
  chmodSync(join(root, 'root/.ssh'), 0o700)
  // Names are those of the lab, not of the machine it runs on.
  write('/etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${context.name}\n`, 0o644)
  write('/etc/resolv.conf', '', 0o644)
  makeHostKey(root)
  appendFileSync(join(folder, 'known_hosts'), knownHostsLine(plan.address, root))
  // No service but those that a test starts.
  rmSync(join(root, 'etc/systemd/system/multi-user.target.wants/etcd.service'), { force: true })
  for (const [path, text] of Object.entries(plan.files ?? {}))
    write(path, text, text.startsWith('#!') ? 0o755 : 0o644)
  return { root, binds: Object.entries(plan.shares ?? {}).map(([path, name]) => share(folder, path, name)) }
}

/** What the control node has to know of a host before it logs in there. */
export function knownHostsLine(address: string, root: string): string {
  return `${address} ${readFileSync(join(root, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8')}`
}

function mountOverlay({ name, base, folder, undo }: HostContext): string {
  const [upper, work, root] = ['upper', 'work', 'root'].map((part) => join(folder, name, part))
  for (const each of [upper, work, root]) mkdirSync(String(each), { recursive: true })
  const layers = `lowerdir=${base},upperdir=${upper},workdir=${work}`
  sh('mount', '-t', 'overlay', 'overlay', '-o', layers, String(root))
  undo.push(() => quietly('umount', '-l', String(root)))
  return String(root)
}

/** The common root file system's are everybody's. */
function makeHostKey(root: string): void {
  const stem = join(root, 'etc/ssh/ssh_host_')
  for (const kind of ['rsa', 'ecdsa', 'ed25519'])
    for (const end of ['', '.pub']) rmSync(`${stem}${kind}_key${end}`, { force: true })
  sh('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', `${stem}ed25519_key`)
}

function share(folder: string, path: string, name: string): string {
  mkdirSync(join(folder, name), { recursive: true })
  return `--bind=${join(folder, name)}:${path}`
}
