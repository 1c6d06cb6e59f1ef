import { dirname, resolve } from 'node:path'
import type { SecretStore } from '../model/secret.ts'
import type { Complaints } from './complaints.ts'
import { conceal } from './conceal.ts'
import type { YamlDocument } from './document.ts'
import type { FileReader, FolderEntry } from './files.ts'
import { folderComplaint, listFiles } from './folder.ts'
import type { InventorySource } from './inventory-model.ts'
import { readStandardInput, runInventory } from './inventory-program.ts'
import { validateDocument } from './schema.ts'

interface Reading {
  readonly files: FileReader
  readonly secrets: SecretStore
  readonly read: (path: string) => Promise<YamlDocument | undefined>
  readonly complaints: Complaints
}

interface Sources {
  readonly sources: readonly InventorySource[]
  /** Folders that may have group_vars/ and host_vars/ beside the inventory. */
  readonly folders: readonly string[]
}

/** What `-i` named: files, programs, folders of them, lists of hosts with commas, `-` for standard input. Undefined after a complaint. */
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
  const keep = async (read: YamlDocument | undefined): Promise<boolean> => {
    const document = read && conceal(withGroupLists(read), reading.secrets)
    if (!document || !(await validateDocument('inventory', document, reading.complaints))) return false
    sources.push({ kind: 'document', document })
    return true
  }
  for (const each of given) {
    if (each === '-') {
      const document = await readStandardInput(reading)
      failed = !(await keep(document)) || failed
      continue
    }
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
    const isFolder = (await reading.files.list(path)) !== undefined
    folders.push(isFolder ? path : dirname(path))
    const found = isFolder ? await listFiles(path, reading.files, isInventory) : undefined
    if (found?.kind === 'error') {
      reading.complaints.about(each, folderComplaint(found))
      failed = true
      continue
    }
    for (const file of found?.paths ?? [path]) {
      const document = (await reading.files.isProgram(file))
        ? await runInventory(file, cwd, reading)
        : await reading.read(file)
      failed = !(await keep(document)) || failed
    }
  }
  return failed ? undefined : { sources, folders }
}

/** A group that is a mere list of its hosts: the short form that programs may print. */
function withGroupLists(document: YamlDocument): YamlDocument {
  const { value } = document
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return document
  if (!Object.values(value).some(Array.isArray)) return document
  const groups: Record<string, unknown> = Object.create(null)
  for (const [name, body] of Object.entries(value))
    groups[name] = Array.isArray(body) ? { hosts: body } : body
  return { ...document, value: groups }
}

const ignoredNames = new Set(['group_vars', 'host_vars', 'vars_plugins'])
const ignoredEndings = /(\.(pyc|pyo|swp|bak|rpm|md|txt|rst|orig|ini|cfg|retry)|~)$/

/** Of the entries of an inventory folder, which count. */
function isInventory({ name }: FolderEntry): boolean {
  return !name.startsWith('.') && !ignoredNames.has(name) && !ignoredEndings.test(name)
}
