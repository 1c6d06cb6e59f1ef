import { type DesiredGuard, type GuardName, guardNames } from '../model/guard.ts'
import { pointer, sourceAt, type YamlDocument } from './document.ts'

export type RawGuards = Readonly<Partial<Record<GuardName, number>>>

/** An authority is replaced only where somebody has said so: without a word, none may be. */
export function readGuards(
  raw: RawGuards | undefined,
  playbook: YamlDocument,
  index: number,
): DesiredGuard[] {
  const written = guardNames.flatMap((name): DesiredGuard[] => {
    const allowed = raw?.[name]
    const source = sourceAt(playbook, pointer(index, 'guards', name), 'key')
    return allowed === undefined ? [] : [{ name, allowed, counts: 'all', source }]
  })
  if (raw?.authorities !== undefined) return written
  const source = sourceAt(playbook, pointer(index))
  return [...written, { name: 'authorities', allowed: 0, counts: 'replaced', source }]
}
