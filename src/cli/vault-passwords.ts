// The passwords of ansible-vault: from files, from what executable files print, from the keyboard. Asked for once, when needed.
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { line, type Shown } from '../report/shown.ts'
import { isInteractive } from './confirm.ts'
import { isExecutable, runForSecret } from './execute.ts'
import { ask, tell } from './output.ts'
import { diskFiles } from './read-files.ts'

export interface VaultOptions {
  readonly vaultPasswordFile: readonly string[]
  readonly askVaultPass: boolean
}

export type Passwords = { readonly kind: 'passwords'; readonly passwords: readonly string[] } | Fault
interface Fault {
  readonly kind: 'error'
  readonly detail: string
}

export function vaultPasswords({ vaultPasswordFile, askVaultPass }: VaultOptions): () => Promise<Passwords> {
  const fromAnsible = process.env.ANSIBLE_VAULT_PASSWORD_FILE ?? ''
  const files = vaultPasswordFile.length > 0 || fromAnsible === '' ? vaultPasswordFile : [fromAnsible]
  let found: Promise<Passwords> | undefined
  return () => {
    found ??= collectPasswords(files, askVaultPass)
    return found
  }
}

async function collectPasswords(files: readonly string[], askForOne: boolean): Promise<Passwords> {
  if (files.length === 0 && !askForOne)
    return { kind: 'error', detail: 'is encrypted: give --vault-password-file or --ask-vault-pass' }
  const passwords: string[] = []
  for (const file of files) {
    const password = await readPassword(file)
    if (typeof password !== 'string') return password
    passwords.push(password)
  }
  if (!askForOne) return { kind: 'passwords', passwords }
  if (!isInteractive())
    return { kind: 'error', detail: 'is encrypted, and there is no terminal to ask for the password on' }
  return { kind: 'passwords', passwords: [await askHidden(line`Vault password: `), ...passwords] }
}

/** White space around it does not count, as with Ansible. */
async function readPassword(file: string): Promise<string | Fault> {
  const fault = (detail: string) =>
    ({ kind: 'error', detail: `is encrypted, and ${file} ${detail}` }) as const
  const path = resolve(file.replace(/^~(?=\/)/, process.env.HOME ?? '~'))
  if (await isExecutable(path)) {
    const output = await runForSecret([path])
    return output === undefined ? fault('did not print the password') : output.trim()
  }
  const read = await diskFiles.read(path)
  if (read.kind === 'error') return fault(read.detail)
  const password = Buffer.from(read.bytes).toString('utf8').trim()
  return password === '' ? fault('is empty') : password
}

async function askHidden(question: Shown): Promise<string> {
  ask(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    tell(line`\n`)
  }
}
