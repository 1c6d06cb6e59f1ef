import { join } from 'node:path'
import { type Loaded, load } from '../../src/load/load.ts'
import type { OwnFolders } from '../../src/model/control.ts'
import { base } from '../cases/load/base.ts'
import { start } from './engine.ts'
import { makeSecrets } from './secrets.ts'

interface LoadOptions {
  readonly extraVars?: string[]
  readonly at?: string
  readonly limit?: string
  /** Of a user who is not root. */
  readonly folders?: OwnFolders
}

/** Loads `play.yml` with `inventory.yml` from files that exist in memory only. */
export function loadFiles(
  changed: Readonly<Record<string, string | Uint8Array>>,
  { extraVars = [], at = start, limit, folders }: LoadOptions = {},
): Promise<Loaded> {
  const files: Record<string, string | Uint8Array> = { ...base, ...changed }
  const cwd = '/playground'
  const request = { playbook: 'play.yml', inventories: ['inventory.yml'], extraVars, at: new Date(at), cwd }
  return load(
    {
      ...request,
      ...(limit === undefined ? {} : { limit }),
      ...(folders ? { folders } : {}),
      secrets: makeSecrets(),
    },
    {
      readStandardInput: async () => ({ kind: 'error', detail: 'is closed' }),
      isProgram: async () => false,
      runProgram: async () => ({ kind: 'error', detail: 'is no program' }),
      list: async (path) => listFolder(Object.keys(files), cwd, path),
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

/** The entries of a folder that exists by the names of its files only. */
function listFolder(names: readonly string[], cwd: string, path: string) {
  const inside = names.map((name) => join(cwd, name)).filter((name) => name.startsWith(`${path}/`))
  if (inside.length === 0) return undefined
  const rests = inside.map((name) => name.slice(path.length + 1).split('/'))
  const entries = new Map(rests.map(([name = '', ...deeper]) => [name, deeper.length > 0]))
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, isFolder]) => ({ name, isFolder }))
}
