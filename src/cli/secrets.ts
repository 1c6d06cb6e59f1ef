import type { ResolvePassphrase } from '../model/secret.ts'
import { diskFiles } from './read-files.ts'

const execTimeoutMs = 10_000

/** `env:NAME`, `file:PATH`, `exec:COMMAND ARGUMENTS`; the first line is the secret. Nothing here prints or keeps it. */
export const resolvePassphrase: ResolvePassphrase = async (reference) => {
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
  return source === 'exec'
    ? fromCommand(rest)
    : { kind: 'error', detail: 'a passphrase is at env:, file: or exec:' }
}

function fromText(text: string | undefined, fault: string): Awaited<ReturnType<ResolvePassphrase>> {
  const [value = ''] = (text ?? '').split(/\r?\n/, 1)
  return value === '' ? { kind: 'error', detail: fault } : { kind: 'secret', value }
}

/** Split at spaces, no shell. What the command says when it fails could hold anything, and is not shown. */
async function fromCommand(text: string): Promise<Awaited<ReturnType<ResolvePassphrase>>> {
  const [file = '', ...args] = text.trim().split(/ +/)
  const { execa } = await import('execa')
  const result = await execa(file, args, {
    reject: false,
    timeout: execTimeoutMs,
    stdin: 'ignore',
    stderr: 'ignore',
  })
  if (result.failed) return { kind: 'error', detail: `${file} did not give a passphrase` }
  return fromText(result.stdout, `${file} gave an empty passphrase`)
}
