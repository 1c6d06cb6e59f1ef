import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import type { Shown } from '../report/shown.ts'

export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** Asks on standard error; anything but yes is no. */
export async function confirm(question: Shown): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // readline keeps a Ctrl-C to itself.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const closed = once(terminal, 'close').then(() => '')
  const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed])
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}
