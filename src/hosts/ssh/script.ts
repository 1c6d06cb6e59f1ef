// A script for the agent, and the payloads that it takes, in step.
import { call } from './quote.ts'

export interface Script {
  readonly add: (name: string, ...args: readonly (string | number)[]) => void
  /** The length of a secret that follows as payload, as an argument; `-` for none. */
  readonly secret: (text: string | undefined) => string
  /** Bytes that follow as payload. */
  readonly payload: (bytes: Uint8Array) => number
  readonly text: () => string
  readonly payloads: readonly Uint8Array[]
}

export function makeScript(): Script {
  const lines: string[] = []
  const payloads: Uint8Array[] = []
  const payload = (bytes: Uint8Array) => {
    payloads.push(bytes)
    return bytes.length
  }
  return {
    add: (name, ...args) => void lines.push(call(name, ...args)),
    secret: (text) => (text === undefined ? '-' : String(payload(Buffer.from(`${text}\n`)))),
    payload,
    text: () => lines.join('\n'),
    payloads,
  }
}
