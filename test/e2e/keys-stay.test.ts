import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { certwright } from '../support/certwright.ts'
import { smallPolicy } from '../support/engine.ts'
import { startSshd } from '../support/sshd.ts'
import { makeFolder } from '../support/workspace.ts'

/** Two hosts on a real sshd that strace watches, and an ssh that keeps what goes over its pipes. */
async function makeWatchedHosts() {
  const folder = makeFolder()
  const sshd = await startSshd(
    [],
    [
      'strace',
      '-f',
      '-qq',
      '-v',
      '-s',
      '100000',
      '-e',
      'trace=execve,openat,rename,renameat,renameat2,linkat',
      '-o',
      join(folder, 'trace'),
    ],
  )
  onTestFinished(sshd.stop)
  mkdirSync(join(folder, 'bin'))
  mkdirSync(join(folder, 'streams'))
  const tee = `#!/bin/bash
tee ${folder}/streams/$$.in | /usr/bin/ssh "$@" | tee ${folder}/streams/$$.out
exit \${PIPESTATUS[1]}
`
  writeFileSync(join(folder, 'bin/ssh'), tee)
  chmodSync(join(folder, 'bin/ssh'), 0o755)
  const { port, privateKeyFile, sshArgs } = sshd.target
  const hosts = ['node-1', 'node-2'].map((name) => `    ${name}: { certwright_root: ${join(folder, name)} }`)
  const vars = `    ansible_host: 127.0.0.1
    ansible_port: ${port}
    ansible_ssh_private_key_file: ${privateKeyFile}
    ansible_ssh_common_args: "${sshArgs.join(' ')}"`
  writeFileSync(join(folder, 'inventory.yml'), `all:\n  vars:\n${vars}\n  hosts:\n${hosts.join('\n')}\n`)
  writeFileSync(join(folder, 'play.yml'), '- { hosts: all, policy: policy.yml }\n')
  for (const name of ['node-1', 'node-2']) mkdirSync(join(folder, name))
  const read = (kind: '.in' | '.out') =>
    readdirSync(join(folder, 'streams'))
      .filter((name) => name.endsWith(kind))
      .map((name) => readFileSync(join(folder, 'streams', name), 'latin1'))
      .join('\n')
  const trace = () => readFileSync(join(folder, 'trace'), 'latin1')
  const env = { PATH: `${folder}/bin:${process.env.PATH}` }
  const apply = () =>
    certwright(['apply', 'play.yml', '-i', 'inventory.yml', '--auto-approve'], { cwd: folder, env })
  return { folder, apply, crossed: () => read('.in') + read('.out'), trace }
}

/** Every way in which the bytes of a key could be written: PEM lines, DER, base64 of the PEM, hexadecimal. */
function tracesOf(pem: string): string[] {
  const lines = pem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'))
  const der = Buffer.from(lines.join(''), 'base64')
  // The private scalar itself, wherever it stands in the structure: what is left when the public half is taken away.
  const secret = der.subarray(36, 68)
  const shifted = [0, 1, 2].map((skip) =>
    Buffer.from(pem)
      .subarray(60 + skip, 150)
      .toString('base64')
      .slice(0, 60),
  )
  return [...lines, der.toString('latin1'), secret.toString('latin1'), secret.toString('hex'), ...shifted]
}

describe('private keys on remote hosts', () => {
  it('of a pair of one host cross no connection, and pass through no arguments or environment', async () => {
    const { folder, apply, crossed, trace } = await makeWatchedHosts()
    writeFileSync(join(folder, 'policy.yml'), smallPolicy('copies: [{ private_key: /copy/leaf.key }]'))
    const applied = await apply()
    expect(applied.code, applied.stdout).toBe(0)
    const keys = ['node-1/pki/ca.key', 'node-1/pki/leaf.key', 'node-2/pki/leaf.key'].map((path) =>
      readFileSync(join(folder, path), 'utf8'),
    )
    const streams = crossed()
    const executed = trace()
      .split('\n')
      .filter((line) => line.includes('execve('))
      .join('\n')
    expect(streams).toContain(' certificate ')
    expect(executed).toContain('genpkey')
    const traces = keys.flatMap(tracesOf)
    expect(traces.length).toBeGreaterThan(3 * keys.length)
    for (const each of traces) {
      expect(streams.includes(each)).toBe(false)
      expect(executed.includes(each)).toBe(false)
    }
  })

  it('are made 0600 and exclusively, and never opened for writing where they are', async () => {
    const { folder, apply, trace } = await makeWatchedHosts()
    writeFileSync(join(folder, 'policy.yml'), smallPolicy())
    expect(await apply()).toMatchObject({ code: 0 })
    const opened = trace()
      .split('\n')
      .filter((line) => /openat\(.*\.key/.test(line) && /O_WRONLY|O_RDWR|O_CREAT/.test(line))
    const made = opened.filter((line) => line.includes('.certwright-'))
    expect(opened).toEqual(made)
    // Two leaves and the authority.
    expect(made.length).toBeGreaterThanOrEqual(3)
    for (const line of made) expect(line).toMatch(/O_EXCL/)
    for (const path of ['node-1/pki/ca.key', 'node-1/pki/leaf.key', 'node-2/pki/leaf.key'])
      expect(statSync(join(folder, path)).mode & 0o7777).toBe(0o600)
    // The umask does it: the shell asks for 0666. strace may tell of a call in two lines.
    for (const line of made) expect(line).toMatch(/, 0[0-7]*(600|666)(\)| <unfinished)/)
  })

  it('of a shared pair cross it, and nothing else does', async () => {
    const { folder, apply, crossed } = await makeWatchedHosts()
    writeFileSync(join(folder, 'policy.yml'), smallPolicy('scope: shared'))
    expect(await apply()).toMatchObject({ code: 0 })
    const leaf = readFileSync(join(folder, 'node-1/pki/leaf.key'), 'utf8')
    expect(readFileSync(join(folder, 'node-2/pki/leaf.key'), 'utf8')).toBe(leaf)
    const streams = crossed()
    expect(tracesOf(leaf).filter((each) => streams.includes(each))).not.toEqual([])
    const authority = readFileSync(join(folder, 'node-1/pki/ca.key'), 'utf8')
    expect(tracesOf(authority).filter((each) => streams.includes(each))).toEqual([])
  })
})
