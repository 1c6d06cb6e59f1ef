import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SshTarget } from '../../src/model/desired.ts'

export interface Sshd {
  readonly folder: string
  readonly port: number
  /** Everything that ssh needs to log in here as the user that runs the tests. */
  readonly target: SshTarget
  readonly stop: () => void
}

/** A real sshd of our own on a loopback port, with keys made now; `watcher`: a command to run it under. */
export async function startSshd(
  settings: readonly string[] = [],
  watcher: readonly string[] = [],
): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-sshd-'))
  chmodSync(folder, 0o700)
  const key = (name: string) =>
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])
  key('host')
  key('user')
  mkdirSync('/run/sshd', { recursive: true })
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  writeFileSync(join(folder, 'authorized'), readFileSync(join(folder, 'user.pub')))
  const hostKey = readFileSync(join(folder, 'host.pub'), 'utf8')
  writeFileSync(join(folder, 'known'), `[127.0.0.1]:${port} ${hostKey}`)
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    'MaxStartups 200',
    `PidFile ${join(folder, 'pid')}`,
    ...settings,
    // A shell that is not the first does not read the start-up files of whoever runs the tests, which may take seconds.
    'SetEnv SHLVL=2',
  ]
  writeFileSync(join(folder, 'config'), `${config.join('\n')}\n`)
  const [file = '', ...args] = [...watcher, '/usr/sbin/sshd', '-D', '-e', '-f', join(folder, 'config')]
  const server = spawn(file, args, { stdio: 'ignore', detached: true })
  await waitFor(port)
  const target: SshTarget = {
    name: 'remote',
    connection: 'ssh',
    address: '127.0.0.1',
    port,
    user: userInfo().username,
    privateKeyFile: join(folder, 'user'),
    sshArgs: ['-F', 'none', '-o', `UserKnownHostsFile=${join(folder, 'known')}`],
  }
  const stop = () => {
    if (server.pid !== undefined) process.kill(-server.pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  return { folder, port, target, stop }
}

async function waitFor(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await listens(port)) return
    await sleep(50)
  }
  throw new Error('sshd does not listen')
}

/** Whether anything takes connections on a loopback port. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    }).on('error', () => resolve(false))
  })
}
