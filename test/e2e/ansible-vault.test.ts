import { chmodSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { certwright, run } from '../support/certwright.ts'
import { smallPolicy } from '../support/engine.ts'
import { makeFolder, writeFiles } from '../support/workspace.ts'

const passphrase = 'correct horse battery staple'

/** A policy whose CA key is encrypted, with its passphrase in the variable `ca_passphrase`. */
const policy = `variables:
  ca_passphrase: { type: string, description: the passphrase of the CA's key }
${smallPolicy('', '', '').replace(
  'private_key: { path: /pki/ca.key }',
  'private_key: { path: /pki/ca.key, passphrase: "{{ ca_passphrase }}" }',
)}`

async function makePlayground() {
  const folder = makeFolder()
  await writeFiles(folder, {
    'policy.yml': policy,
    'play.yml': '- { hosts: all, policy: policy.yml }\n',
    'hosts.yml': 'all: { hosts: { node-1: { ansible_connection: local, certwright_root: root } } }\n',
    'password.txt': 'vault password\n',
    'other.txt': 'another password\n',
    'password.sh': '#!/bin/sh\necho vault password\n',
    'plain.yml': `ca_passphrase: ${passphrase}\n`,
  })
  chmodSync(join(folder, 'password.sh'), 0o755)
  const vault = (...args: string[]) => run('ansible-vault', args, { cwd: folder })
  const go = (command: string, ...args: string[]) =>
    certwright([command, 'play.yml', '-i', 'hosts.yml', ...args], { cwd: folder })
  return { folder, vault, go }
}

/** Whether the key on the host is encrypted with the passphrase, by OpenSSL's judgement. */
async function opens(folder: string): Promise<boolean> {
  const path = join(folder, 'root/pki/ca.key')
  expect(readFileSync(path, 'utf8')).toContain('ENCRYPTED')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const ran = await run('openssl', ['pkey', '-in', path, '-passin', 'stdin', '-noout'], {
    input: `${passphrase}\n`,
  })
  return ran.code === 0
}

describe('what ansible-vault encrypts is read', () => {
  it.each([
    ['1.1, with a password file', [], ['password.txt']],
    ['1.2, with a label', ['--encrypt-vault-id', 'prod'], ['password.txt']],
    ['1.1, with a program that prints the password', [], ['password.sh']],
    ['1.1, with the second of two passwords', [], ['other.txt', 'password.txt']],
  ])('as a file of variables: %s', async (_name, label, files) => {
    const { folder, vault, go } = await makePlayground()
    const id =
      label.length > 0 ? ['--vault-id', 'prod@password.txt'] : ['--vault-password-file', 'password.txt']
    await vault('encrypt', ...id, ...label, '--output', 'group_vars.tmp', 'plain.yml')
    const encrypted = readFileSync(join(folder, 'group_vars.tmp'), 'utf8')
    expect(encrypted).toMatch(
      label.length > 0 ? /^\$ANSIBLE_VAULT;1\.2;AES256;prod/ : /^\$ANSIBLE_VAULT;1\.1;AES256/,
    )
    await writeFiles(folder, { 'group_vars/all/vault.yml': encrypted })
    const given = files.flatMap((file) => ['--vault-password-file', file])
    const applied = await go('apply', '--auto-approve', ...given)
    expect(applied.code, applied.stderr).toBe(0)
    expect(await opens(folder)).toBe(true)
    const again = await go('plan', '--detailed-exitcode', ...given)
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to do') })
    const json = await go('plan', '--format', 'json', ...given)
    expect(applied.stdout + applied.stderr + json.stdout).not.toContain(passphrase)
  })

  it('as a value among others, in clear text beside it', async () => {
    const { folder, vault, go } = await makePlayground()
    const { stdout } = await vault(
      'encrypt_string',
      '--vault-password-file',
      'password.txt',
      passphrase,
      '--name',
      'ca_passphrase',
    )
    await writeFiles(folder, { 'group_vars/all.yml': `other: 1\n${stdout}` })
    expect((await go('apply', '--auto-approve', '--vault-password-file', 'password.txt')).code).toBe(0)
    expect(await opens(folder)).toBe(true)
    const shown = await certwright(['inventory', 'host', 'node-1', '-i', 'hosts.yml'], { cwd: folder })
    expect(shown.stdout).toMatch(/ca_passphrase +"\*{8}"/)
    const list = await certwright(['inventory', 'list', '--format', 'json', '-i', 'hosts.yml'], {
      cwd: folder,
    })
    expect(list.stdout).not.toContain('ANSIBLE_VAULT')
  })

  it('as ansible-inventory prints it in JSON', async () => {
    const { folder, vault, go } = await makePlayground()
    const { stdout } = await vault(
      'encrypt_string',
      '--vault-password-file',
      'password.txt',
      passphrase,
      '--name',
      'ca_passphrase',
    )
    await writeFiles(folder, { 'group_vars/all.yml': stdout })
    const printed = await run(
      'ansible-inventory',
      ['-i', 'hosts.yml', '--list', '--vault-password-file', 'password.txt'],
      { cwd: folder },
    )
    expect(printed.stdout).toContain('__ansible_vault')
    await writeFiles(folder, { 'elsewhere/hosts.json': printed.stdout, 'elsewhere/x': '' })
    const applied = await certwright(
      [
        'apply',
        '../play.yml',
        '-i',
        'hosts.json',
        '--auto-approve',
        '--vault-password-file',
        '../password.txt',
      ],
      { cwd: join(folder, 'elsewhere') },
    )
    expect(applied.code, applied.stderr).toBe(0)
    expect(go).toBeDefined()
  })

  it('as the key of a custom CA, under version control', async () => {
    const { folder, vault, go } = await makePlayground()
    const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
    await openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=test-ca',
      '-days',
      '3650',
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-addext',
      'keyUsage=critical,keyCertSign',
    )
    await vault('encrypt', '--vault-password-file', 'password.txt', 'ca.key')
    await writeFiles(folder, {
      'policy.yml': smallPolicy('', 'supplied: { certificate: ca.crt, private_key: ca.key }'),
      'group_vars/all.yml': '{}\n',
    })
    expect(await go('plan')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('ca.key is encrypted: give --vault-password-file or --ask-vault-pass'),
    })
    const applied = await go('apply', '--auto-approve', '--vault-password-file', 'password.txt')
    expect(applied.code, applied.stderr).toBe(0)
    const verified = await run(
      'openssl',
      ['verify', '-x509_strict', '-CAfile', 'root/pki/ca.crt', 'root/pki/leaf.crt'],
      { cwd: folder },
    )
    expect(verified.stdout).toContain('OK')
  })
})

describe('what cannot be opened is told, and nothing is changed', () => {
  it.each([
    ['no password', [], 'is encrypted: give --vault-password-file or --ask-vault-pass'],
    ['a wrong password', ['--vault-password-file', 'other.txt'], 'cannot be opened with the vault password'],
    ['no such file', ['--vault-password-file', 'none.txt'], 'none.txt does not exist'],
    [
      'a program that fails',
      ['--vault-password-file', '/bin/false'],
      '/bin/false did not print the password',
    ],
    ['nobody to ask', ['--ask-vault-pass'], 'there is no terminal to ask for the password on'],
  ])('%s', async (_name, args, message) => {
    const { folder, vault, go } = await makePlayground()
    await vault('encrypt', '--vault-password-file', 'password.txt', 'plain.yml')
    await writeFiles(folder, {
      'play.yml': '- { hosts: all, policy: policy.yml, vars_files: [plain.yml] }\n',
    })
    const ran = await go('apply', '--auto-approve', ...args)
    expect(ran.code).toBe(3)
    expect(ran.stderr).toContain(message)
    expect(() => statSync(join(folder, 'root/pki'))).toThrow('ENOENT')
  })

  it('a damaged envelope, and a mistake within an encrypted file, of which nothing is shown', async () => {
    const { folder, vault, go } = await makePlayground()
    await writeFiles(folder, {
      'play.yml': '- { hosts: all, policy: policy.yml, vars_files: [plain.yml] }\n',
      'plain.yml': 'ca_passphrase: "hunter2\nother: *hunter3\n',
    })
    await vault('encrypt', '--vault-password-file', 'password.txt', 'plain.yml')
    const broken = await go('validate', '--vault-password-file', 'password.txt')
    expect(broken).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^plain\.yml:\d+:\d+ error yaml-syntax: a mistake in an encrypted file/),
    })
    expect(broken.stderr).not.toContain('hunter')
    await writeFiles(folder, { 'plain.yml': '$ANSIBLE_VAULT;1.1;AES256\n6162\n' })
    const damaged = await go('validate', '--vault-password-file', 'password.txt')
    expect(damaged).toMatchObject({ code: 3, stderr: expect.stringContaining('is damaged') })
  })

  it('an encrypted playbook is refused: it has to be readable', async () => {
    const { vault, go } = await makePlayground()
    await vault('encrypt', '--vault-password-file', 'password.txt', 'play.yml')
    expect(await go('validate', '--vault-password-file', 'password.txt')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('encrypted-file'),
    })
  })
})
