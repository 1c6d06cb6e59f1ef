import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createLocalHost } from '../../src/hosts/local/local.ts'
import { createSshHost } from '../../src/hosts/ssh/ssh.ts'
import type { SshTarget } from '../../src/model/desired.ts'
import { HostError } from '../../src/model/host.ts'
import { encodePrivateKey } from '../../src/x509/keys.ts'
import { freePort } from '../support/etcd.ts'
import { issue, leafProfile } from '../support/issue.ts'
import { makeSecrets } from '../support/secrets.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { makeFolder } from '../support/workspace.ts'
import { describeHost } from './describe-host.ts'
import { describeTransactions } from './describe-transactions.ts'
import { describeTrust } from './describe-trust.ts'
import { fakeSelinux, labelled } from './selinux.ts'

let sshd: Sshd
beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd.stop())

describeHost('a host over ssh, below a root', () => {
  const root = makeFolder()
  const host = createSshHost({ ...sshd.target, root }, makeSecrets().resolve)
  onTestFinished(() => host.close())
  return { host, root, folder: '/data' }
})

describeTransactions('a host over ssh, visited by several runs', () => {
  const root = makeFolder()
  const open = () => createSshHost({ ...sshd.target, root }, makeSecrets().resolve)
  return { open, root, folder: '/data', state: join(root, 'var/lib/certwright') }
})

describeTrust('whom servers trust, seen from a host over ssh', () =>
  createSshHost(sshd.target, makeSecrets().resolve),
)

it('a canary’s key is written to nothing but pipes and sockets there, and no program is handed it', async () => {
  const trace = join(makeFolder(), 'trace')
  const calls = 'trace=execve,write,writev,pwrite64,sendto,sendmsg'
  const watched = await startSshd([], ['strace', '-f', '-y', '-v', '-s', '4096', '-e', calls, '-o', trace])
  onTestFinished(() => watched.stop())
  const host = createSshHost(watched.target, makeSecrets().resolve)
  onTestFinished(() => host.close())
  const { certificate, key } = await issue(leafProfile)
  const keyPem = String(encodePrivateKey(key))
  const canary = { certificatePem: certificate.pem, keyPem }
  const port = await freePort()
  const server = createServer((socket) => void socket.on('error', () => undefined)).listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  await host.presentCanaries({ hostname: '127.0.0.1', port, timeoutMs: 3000, canaries: [canary] })
  await host.close()
  const lines = readFileSync(trace, 'utf8').split('\n')
  expect(lines.filter((line) => /execve\(.*"s_client".*"\/dev\/fd\/3"/.test(line))).not.toEqual([])
  const shown = lines.filter((line) => line.includes(keyPem.split('\n')[2] ?? '?'))
  expect(shown).not.toEqual([])
  for (const line of shown)
    expect(line).toMatch(/ (write|writev|sendto|sendmsg)\(\d+<(pipe|socket|UNIX|TCP)[^>]*>/)
})

const isRoot = process.getuid?.() === 0

it.each([
  ['below a root', true],
  ['itself', false],
])('is the same machine as without ssh: %s', async (_, isBelow) => {
  const below = isBelow ? { root: makeFolder() } : {}
  const remote = createSshHost({ ...sshd.target, ...below }, makeSecrets().resolve)
  onTestFinished(() => remote.close())
  const { machine, worksAs } = await remote.gather(nothing)
  const here = await createLocalHost({ name: 'local', ...below }).gather(nothing)
  expect({ machine, worksAs }).toEqual({ machine: here.machine, worksAs: here.worksAs })
})

describe.runIf(isRoot)('as root, without a root folder', () => {
  describeHost('a host over ssh itself', () => {
    const state = join(makeFolder(), 'state')
    const host = createSshHost({ ...sshd.target, become: { user: 'root' }, state }, makeSecrets().resolve)
    onTestFinished(() => host.close())
    return { host, root: '', folder: makeFolder() }
  })
})

const nothing = {
  certificates: [],
  privateKeys: [],
  texts: [],
  owners: [],
  groups: [],
  commands: [],
  probes: [],
  exchanges: [],
  trusts: [],
}

async function complaintOf(target: SshTarget): Promise<string> {
  const host = createSshHost(target, makeSecrets().resolve)
  onTestFinished(() => host.close())
  const error = await host.gather(nothing).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(HostError)
  expect((error as HostError).unreachable).toBe(true)
  return (error as HostError).message
}

describe('a host that cannot be used says why, and what to do', () => {
  it('when nothing listens there', async () => {
    expect(await complaintOf({ ...sshd.target, port: 1 })).toMatch(
      /^the connection was refused: does sshd run/,
    )
  })

  it('when its name means nothing', async () => {
    expect(await complaintOf({ ...sshd.target, address: 'no-such-host.invalid' })).toBe(
      'its name cannot be resolved',
    )
  })

  it('when its host key is unknown, and when it has changed', async () => {
    const empty = join(makeFolder(), 'known')
    writeFileSync(empty, '')
    const unknown = { ...sshd.target, sshArgs: ['-F', 'none', '-o', `UserKnownHostsFile=${empty}`] }
    expect(await complaintOf(unknown)).toMatch(/^its host key is not known: connect once/)
    writeFileSync(empty, `[127.0.0.1]:${sshd.port} ${readFileSync(join(sshd.folder, 'user.pub'), 'utf8')}`)
    expect(await complaintOf(unknown)).toMatch(/^its host key has changed: find out why/)
  })

  it('when it does not take the key', async () => {
    const key = join(makeFolder(), 'key')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
    const target = {
      ...sshd.target,
      privateKeyFile: key,
      sshArgs: [...sshd.target.sshArgs, '-o', 'IdentitiesOnly=yes'],
    }
    expect(await complaintOf(target)).toMatch(/^authentication failed/)
  })

  it('when the user’s own arguments are none of ssh’s', async () => {
    const target = { ...sshd.target, sshArgs: ['-o', 'NoSuchOption=yes'] }
    expect(await complaintOf(target)).toMatch(/^ssh does not understand its options/)
  })

  it.runIf(isRoot)('when a tool is missing there: named before anything is changed', async () => {
    const hide = 'mount --bind /dev/null /usr/bin/openssl && eval "$SSH_ORIGINAL_COMMAND"'
    const server = await startSshd([`ForceCommand unshare -m sh -c '${hide}'`])
    onTestFinished(server.stop)
    const host = createSshHost(server.target, makeSecrets().resolve)
    onTestFinished(() => host.close())
    await expect(host.gather(nothing)).rejects.toThrow('it lacks openssl: install that first')
  })

  it('when it falls silent in the middle', async () => {
    const server = await startSshd()
    onTestFinished(server.stop)
    const host = createSshHost(server.target, makeSecrets().resolve)
    onTestFinished(() => host.close())
    await host.gather(nothing)
    execFileSync('pkill', ['-KILL', '-f', `ssh .*-p ${server.port} `])
    await expect(host.gather(nothing)).rejects.toThrow(HostError)
  })
})

it('banners and start-up files that print are not mistaken for answers', async () => {
  const server = await startSshd([
    'ForceCommand echo noise; echo "more noise" >&2; printf "no newline"; eval "$SSH_ORIGINAL_COMMAND"',
  ])
  onTestFinished(server.stop)
  const host = createSshHost(server.target, makeSecrets().resolve)
  onTestFinished(() => host.close())
  const { commands } = await host.gather({
    ...nothing,
    commands: [{ argv: ['echo', 'hello'], timeoutMs: 1000 }],
  })
  expect(commands).toEqual([{ kind: 'exited', exitCode: 0, stdout: 'hello', stderr: '' }])
})

it('what it is asked cannot break out of its quotes', async () => {
  const host = createSshHost(sshd.target, makeSecrets().resolve)
  onTestFinished(() => host.close())
  const hostile = `it's "$(touch ${sshd.folder}/pwned)" \`touch ${sshd.folder}/pwned\` \\ ; \n $HOME`
  const { stdout } = await host.run({ argv: ['printf', '%s', hostile], timeoutMs: 1000 })
  expect(stdout).toBe(hostile)
  await host.gather({ ...nothing, certificates: [`/tmp/${hostile}`], texts: [`/tmp/${hostile}`] })
  expect(existsSync(join(sshd.folder, 'pwned'))).toBe(false)
})

it('with SELinux there, a new file gets the label of its place before it is there', async () => {
  const root = makeFolder()
  const { path, told } = fakeSelinux()
  const server = await startSshd([`SetEnv PATH=${path}:/usr/sbin:/usr/bin:/sbin:/bin`])
  onTestFinished(server.stop)
  const host = createSshHost({ ...server.target, root }, makeSecrets().resolve)
  onTestFinished(() => host.close())
  await host.lock({ run: 'run', holder: 'a test', timeoutMs: 0 })
  expect(await host.install(labelled)).toEqual({ kind: 'installed' })
  expect(told()).toMatch(/^system_u:object_r:cert_t:s0 -- \/.*\/\.certwright-[0-9a-f]{16}\/\d+\/a\.crt\n$/)
})
