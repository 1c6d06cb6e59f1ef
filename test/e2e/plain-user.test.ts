// An operator without rights on the control node: his authority in his own home, members over ssh.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../support/certwright.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { writeFiles } from '../support/workspace.ts'

/** One whom every machine knows, because ssh asks for that, and who has nothing on it. */
const user = 'nobody'
const as = ['setpriv', `--reuid=${user}`, '--regid=65534', '--clear-groups']
const canRun =
  process.getuid?.() === 0 &&
  (await run(as[0] ?? '', [...as.slice(1), 'test', '-r', resolve('dist/main.js')])).code === 0

describe.runIf(canRun)('a user who is not root', () => {
  let sshd: Sshd
  let folder: string
  let home: string

  const runAs = (env: Record<string, string>, ...argv: string[]) => {
    const taken = ['XDG_STATE_HOME', 'XDG_DATA_HOME', 'CERTWRIGHT_STATE_DIR'].flatMap((name) => ['-u', name])
    const set = Object.entries({ HOME: home, ...env }).map(([name, value]) => `${name}=${value}`)
    return run(as[0] ?? '', [...as.slice(1), 'env', ...taken, ...set, ...argv], { cwd: home })
  }
  const go = (command: string, env: Record<string, string> = {}, ...args: string[]) =>
    runAs(
      env,
      process.execPath,
      resolve('dist/main.js'),
      command,
      resolve('playbooks/etcd-cluster.yml'),
      '-i',
      join(folder, 'inventory.yml'),
      ...args,
    )

  beforeAll(async () => {
    sshd = await startSshd()
    folder = mkdtempSync(join(tmpdir(), 'certwright-plain-'))
    chmodSync(folder, 0o755)
    home = join(folder, 'home')
    mkdirSync(home, { mode: 0o700 })
    for (const file of ['user', 'known']) cpSync(join(sshd.folder, file), join(home, file))
    execFileSync('chown', ['-R', `${user}:65534`, home])
    const hosts = ['node-1', 'node-2'].map((name, index) => {
      mkdirSync(join(folder, name))
      return `    ${name}: { certwright_root: ${join(folder, name)}, member_address: 10.0.0.${index + 1} }\n`
    })
    await writeFiles(folder, {
      'inventory.yml': `etcd:
  vars:
    ansible_host: 127.0.0.1
    ansible_port: ${sshd.port}
    ansible_user: root
    ansible_ssh_private_key_file: ${home}/user
    ansible_ssh_common_args: -F none -o UserKnownHostsFile=${home}/known
    member_manager: none
  hosts:
${hosts.join('')}`,
    })
  })
  afterAll(() => {
    sshd?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const key = () => join(home, '.local/share/certwright/authorities/etcd-ca.key')
  const state = (name: string) => join(home, '.local/state/certwright', name)

  it('keeps the authority of the shipped etcd cluster in his home, and members over ssh', async () => {
    const ran = await go('apply', {}, '--auto-approve')
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('Plan: 9 to create') })
    expect((await go('plan', {}, '--detailed-exitcode')).code).toBe(0)
    const { uid, mode } = statSync(key())
    expect([uid, mode & 0o7777]).toEqual([65_534, 0o600])
    for (const name of ['lock', 'generations', 'audit.jsonl']) expect(existsSync(state(name))).toBe(true)
    for (const node of ['node-1', 'node-2']) {
      const pki = join(folder, node, 'etc/etcd/pki')
      const verify = ['verify', '-x509_strict', '-CAfile', join(pki, 'ca.crt'), join(pki, 'server.crt')]
      expect((await run('openssl', verify)).stdout).toContain('OK')
      expect(existsSync(join(pki, 'ca.key'))).toBe(false)
    }
  })

  it('has it recorded, and root plans the same from that', async () => {
    const facts = await go('facts')
    expect(facts.code).toBe(0)
    await writeFiles(folder, { 'facts.json': facts.stdout })
    const inventory = ['-i', join(folder, 'inventory.yml'), '--facts', join(folder, 'facts.json')]
    const plan = ['plan', resolve('playbooks/etcd-cluster.yml'), ...inventory, '--detailed-exitcode']
    expect(await run(process.execPath, [resolve('dist/main.js'), ...plan])).toMatchObject({ code: 0 })
  })

  it('holds his control node while he is at work there, and lets others know', async () => {
    const holder = spawn('flock', [state('lock'), 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
    holder.stdin.write('held')
    await once(holder.stdout, 'data')
    const ran = await go('apply', {}, '--auto-approve', '-e', 'validity=30d')
    holder.stdin.end()
    await once(holder, 'close')
    expect(ran).toMatchObject({ code: 9, stderr: expect.stringContaining('another run holds control') })
  })

  it.each([
    ['his folder for state', { XDG_STATE_HOME: '/proc/none' }, [], /control: .* \/proc\/none\/certwright/],
    ['his folder for keys', { XDG_DATA_HOME: '/sys/none' }, [], /\/sys may not be written to/],
    ['a path of the policy', {}, ['-e', 'authority_key=/sys/none/ca.key'], /\/sys may not be written to/],
  ])('is told what he may not write to, and nothing is changed: %s', async (_, env, args, message) => {
    const before = readFileSync(join(folder, 'node-1/etc/etcd/pki/server.crt'), 'utf8')
    const more = ['-e', '{"key_type":"RSA","key_size":2048}', '--allow', 'authorities=1', ...args]
    const ran = await go('apply', env, '--auto-approve', ...more)
    expect(ran.code).toBe(7)
    expect(ran.stdout + ran.stderr).toMatch(message)
    expect(readFileSync(join(folder, 'node-1/etc/etcd/pki/server.crt'), 'utf8')).toBe(before)
  })

  it('throws sandboxes away and makes new ones as often as he likes, as the demo does', async () => {
    const place = join(home, 'checkout')
    for (const part of ['playbooks', 'inventory'])
      cpSync(resolve(part), join(place, part), { recursive: true })
    execFileSync('chown', ['-R', `${user}:65534`, place])
    const program = [process.execPath, resolve('dist/main.js')]
    const small = ['-e', '{"key_type":"ECDSA","key_size":256}', '--auto-approve']
    const demo = ['apply', 'playbooks/starlingx-etcd.yml', '-i', 'inventory/sandbox.yml', ...small]
    const script = 'cd "$1" && shift && rm -rf .sandbox && exec "$@"'
    for (let times = 0; times < 6; times += 1) {
      // One log for all of them.
      const keep = { CERTWRIGHT_STATE_DIR: join(home, 'kept') }
      const ran = await runAs(keep, 'sh', '-c', script, 'sh', place, ...program, ...demo)
      expect({ times, ...ran }).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('4 done of 4 tasks'),
      })
    }
  })
})
