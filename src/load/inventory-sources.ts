import { dirname, join, resolve } from 'node:path'
import type { Complaints } from './complaints.ts'
import type { YamlDocument } from './document.ts'
import type { FileReader } from './files.ts'
import type { InventorySource } from './inventory-model.ts'
import { validateDocument } from './schema.ts'

interface Reading {
  readonly files: FileReader
  readonly read: (path: string) => Promise<YamlDocument | undefined>
  readonly complaints: Complaints
}

interface Sources {
  readonly sources: readonly InventorySource[]
  /** Folders that may have group_vars/ and host_vars/ beside the inventory. */
  readonly folders: readonly string[]
}

/** What `-i` named: files, folders of files, lists of hosts with commas. Undefined after a complaint. */
export async function readSources(
  given: readonly string[],
  cwd: string,
  reading: Reading,
): Promise<Sources | undefined> {
  if (given.length === 0) {
    const hint = 'name one with -i inventory/hosts.yml'
    reading.complaints.about(undefined, { code: 'no-inventory', message: 'no inventory was given', hint })
    return undefined
  }
  const sources: InventorySource[] = []
  const folders: string[] = []
  let failed = false
  for (const each of given) {
    if (each.includes(',')) {
      sources.push({
        kind: 'hosts',
        names: each
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== ''),
      })
      continue
    }
    const path = resolve(cwd, each)
    const entries = await reading.files.list(path)
    folders.push(entries ? path : dirname(path))
    for (const file of entries ? await listInventories(path, reading.files) : [path]) {
      const document = await reading.read(file)
      const valid =
        document !== undefined && (await validateDocument('inventory', document, reading.complaints))
      if (valid) sources.push({ kind: 'document', document })
      else failed = true
    }
  }
  return failed ? undefined : { sources, folders }
}

const ignoredNames = new Set(['group_vars', 'host_vars', 'vars_plugins'])
const ignoredEndings = /(\.(pyc|pyo|swp|bak|rpm|md|txt|rst|orig|ini|cfg|retry)|~)$/

/** The files of an inventory folder, in ASCII order, folders within it too. */
async function listInventories(folder: string, files: FileReader): Promise<string[]> {
  const paths: string[] = []
  for (const { name, isFolder } of (await files.list(folder)) ?? []) {
    if (name.startsWith('.') || ignoredNames.has(name) || ignoredEndings.test(name)) continue
    const path = join(folder, name)
    paths.push(...(isFolder ? await listInventories(path, files) : [path]))
  }
  return paths
}
