import { join } from 'node:path'
import { type Loaded, load } from '../../src/load/load.ts'
import { base } from '../cases/load/base.ts'
import { noPassphrase, start } from './engine.ts'

/** Loads `play.yml` with `inventory.yml` from files that exist in memory only. */
export function loadFiles(
  changed: Readonly<Record<string, string | Uint8Array>>,
  { extraVars = [], at = start }: { extraVars?: string[]; at?: string } = {},
): Promise<Loaded> {
  const files: Record<string, string | Uint8Array> = { ...base, ...changed }
  const cwd = '/playground'
  const request = { playbook: 'play.yml', inventories: ['inventory.yml'], extraVars, at: new Date(at), cwd }
  return load(
    { ...request, resolvePassphrase: noPassphrase },
    {
      read: async (path) => {
        const found = Object.keys(files).find((name) => join(cwd, name) === path)
        const content = found === undefined ? undefined : files[found]
        return content === undefined
          ? { kind: 'error', detail: 'does not exist' }
          : { kind: 'bytes', bytes: Buffer.from(content) }
      },
    },
  )
}
