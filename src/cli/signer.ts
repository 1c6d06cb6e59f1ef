import pLimit from 'p-limit'
import type { SigningCommand } from '../model/desired.ts'
import { HostError } from '../model/host.ts'
import { execute } from './execute.ts'

/** Tokens allow few sessions at a time: one signature after the other. */
const oneAtATime = pLimit(1)

export function signByCommand(
  { argv, timeoutSeconds }: SigningCommand,
  tbs: Uint8Array,
): Promise<Uint8Array> {
  return oneAtATime(async () => {
    const result = await execute(argv, { timeoutMs: timeoutSeconds * 1000, maximumBytes: 4096, input: tbs })
    if (result.kind === 'output' && result.stdout.length > 0) return result.stdout
    const said = result.kind === 'error' ? result.stderr.trim().split('\n').at(-1)?.slice(0, 200) : ''
    const detail = result.kind === 'error' ? result.detail : 'printed no signature'
    throw new HostError(`${argv[0]} ${detail}${said ? `: ${said}` : ''}`)
  })
}
