import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import type { YamlDocument } from './document.ts'
import { readInventory } from './inventory.ts'
import type { Inventory } from './inventory-model.ts'
import { readSources } from './inventory-sources.ts'
import type { Loading } from './loading.ts'
import { readVarsFolders, type VarsFolders } from './vars-folders.ts'
import { parseYaml } from './yaml.ts'

/** Undefined after a complaint. */
export async function readDocument(
  { request, files, complaints, documents, inputs }: Loading,
  path: string,
): Promise<YamlDocument | undefined> {
  const file = displayPath(path, request.cwd)
  const known = documents.get(file)
  if (known) return known
  const found = await files.read(path)
  if (found.kind === 'error') {
    complaints.about(file, { code: 'unreadable-file', message: `${file} ${found.detail}` })
    return undefined
  }
  inputs.push({ file, sha256: createHash('sha256').update(found.bytes).digest('hex') })
  const document = parseYaml({ file, path }, found.bytes, complaints)
  if (document) documents.set(file, document)
  return document
}

/** Relative to the working directory where that is inside it, so that editors and terminals can follow it. */
function displayPath(path: string, cwd: string): string {
  const shown = relative(cwd, path)
  return shown.startsWith('..') || shown === '' ? path : shown
}

/** The inventories that were given, with their vars folders and the playbook's. Undefined after a complaint. */
export async function loadInventory(
  loading: Loading,
  playbookFolder: string,
): Promise<Inventory | undefined> {
  const { request, files, complaints } = loading
  const read = (path: string) => readDocument(loading, path)
  const found = await readSources(request.inventories, request.cwd, { files, read, complaints })
  if (!found) return undefined
  const bases = [...found.folders, playbookFolder]
  const folders: VarsFolders[] = []
  for (const base of new Set(bases)) folders.push(await readVarsFolders(base, { files, read, complaints }))
  return readInventory(found.sources, folders, complaints)
}
