import { realpath, stat } from 'node:fs/promises'
import { nameMachine } from '../machine.ts'
import { readRegularFile } from './read.ts'

/** machine-id(5). */
const idPath = '/etc/machine-id'

/** `top`: the folder that stands for the host, links resolved. */
export async function readMachine(top: string | undefined): Promise<{ readonly machine?: string }> {
  // In some distributions it is a link.
  const id = await readRegularFile(await realpath(idPath).catch(() => idPath))
  const text = id.kind === 'file' ? id.bytes.toString('latin1') : ''
  return nameMachine(text, top === undefined ? undefined : { top, made: await describeBirth(top) })
}

/** As `stat -c '%i:%.9W'` prints it. */
async function describeBirth(top: string): Promise<string> {
  const found = await stat(top, { bigint: true }).catch(() => undefined)
  if (!found) return '-'
  const seconds = found.birthtimeNs / 1_000_000_000n
  return `${found.ino}:${seconds}.${String(found.birthtimeNs % 1_000_000_000n).padStart(9, '0')}`
}
