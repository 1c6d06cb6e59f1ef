// Where secrets are, and how they are found. Nothing here prints one, or keeps one longer than the run.
import { openVault } from '../load/vault.ts'
import type { KeptSecret, ResolvedSecret, SecretReference, SecretStore } from '../model/secret.ts'
import { runForSecret } from './execute.ts'
import { diskFiles } from './read-files.ts'
import { type VaultOptions, vaultPasswords } from './vault-passwords.ts'

export function createSecretStore(options: VaultOptions): SecretStore {
  const kept = new Map<SecretReference, KeptSecret>()
  const passwords = vaultPasswords(options)
  const decrypt: SecretStore['decrypt'] = async (encrypted) => {
    const found = await passwords()
    if (found.kind === 'error') return found
    for (const password of found.passwords) {
      const opened = await openVault(encrypted, password)
      if (opened.kind !== 'wrong-password') return opened
    }
    return { kind: 'error', detail: 'cannot be opened with the vault password that was given' }
  }
  return {
    keep: (reference, value) => kept.set(reference, value),
    decrypt,
    resolve: async (reference) => {
      const found = kept.get(reference)
      if (found?.kind === 'plain') return { kind: 'secret', value: found.text }
      if (!found) return resolveReference(reference)
      const opened = await decrypt(found.text)
      if (opened.kind === 'text') return { kind: 'secret', value: Buffer.from(opened.text).toString('utf8') }
      return { kind: 'error', detail: `${reference.replace(/^vault:/, '')} ${opened.detail}` }
    },
  }
}

/** `env:NAME`, `file:PATH`, `exec:COMMAND ARGUMENTS`; the first line is the secret. */
async function resolveReference(reference: SecretReference): Promise<ResolvedSecret> {
  const separator = reference.indexOf(':')
  const rest = reference.slice(separator + 1)
  const source = reference.slice(0, separator)
  if (source === 'env') return fromText(process.env[rest], `the environment variable ${rest} is not set`)
  if (source === 'file') {
    const found = await diskFiles.read(rest)
    return found.kind === 'error'
      ? { kind: 'error', detail: `${rest} ${found.detail}` }
      : fromText(Buffer.from(found.bytes).toString('utf8'), `${rest} is empty`)
  }
  if (source === 'exec') return fromCommand(rest)
  return { kind: 'error', detail: 'a secret is at env:, file: or exec:, or encrypted with ansible-vault' }
}

function fromText(text: string | undefined, fault: string): ResolvedSecret {
  const [value = ''] = (text ?? '').split(/\r?\n/, 1)
  return value === '' ? { kind: 'error', detail: fault } : { kind: 'secret', value }
}

/** No shell: a JSON list of arguments, or words between spaces. */
async function fromCommand(text: string): Promise<ResolvedSecret> {
  const [file, ...args] = readArgv(text)
  if (file === undefined) return { kind: 'error', detail: 'exec: names no command' }
  const output = await runForSecret([file, ...args])
  if (output === undefined) return { kind: 'error', detail: `${file} did not give a secret` }
  return fromText(output, `${file} gave an empty secret`)
}

function readArgv(text: string): string[] {
  if (!text.trimStart().startsWith('[')) return text.trim().split(/ +/)
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list.map(String) : []
  } catch {
    return text
      .trim()
      .replace(/^\[|\]$/g, '')
      .split(',')
      .map((word) => word.trim())
  }
}
