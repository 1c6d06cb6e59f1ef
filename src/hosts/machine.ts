// What a host is, whatever an inventory calls it: the same for both kinds of host. Pure.
import { createHash } from 'node:crypto'

/** The folder that stands for a host: its path, links resolved, and what tells it from another that was there before. */
interface MadeRoot {
  readonly top: string
  /** `INODE:SECONDS`, the time of its birth with nanoseconds; `-` where it does not exist yet. */
  readonly made: string
}

/**
 * A hash, because machine-id(5) asks for the id itself to be told to nobody. A root is known by its folder too, so that
 * one that was thrown away is not the next one at its path. Empty for a machine without an id: it is known by its name.
 */
export function nameMachine(id: string, root?: MadeRoot): { readonly machine?: string } {
  const [known = ''] = /^[0-9a-f]{32}(?=\n?$)/.exec(id) ?? []
  if (known === '' && !root) return {}
  const text = ['certwright', known, ...(root ? [root.top, root.made] : [])].join('\n')
  return { machine: createHash('sha256').update(text).digest('hex').slice(0, 32) }
}
