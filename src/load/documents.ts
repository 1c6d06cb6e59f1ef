import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import type { Secret } from '../model/secret.ts'
import { conceal } from './conceal.ts'
import type { YamlDocument } from './document.ts'
import { readInventory } from './inventory.ts'
import type { Inventory, VarsFolders } from './inventory-model.ts'
import { readSources } from './inventory-sources.ts'
import type { Loading } from './loading.ts'
import { readVarsFolders } from './vars-folders.ts'
import { isVault, openBytes } from './vault.ts'
import { parseYaml } from './yaml.ts'
import type { Dialect } from './yaml-scalar.ts'

/** Undefined after a complaint. A file that ansible-vault encrypted is opened, if it holds variables. */
export async function readDocument(
  loading: Loading,
  path: string,
  dialect: Dialect = 'ansible',
): Promise<YamlDocument | undefined> {
  const { request, files, documents } = loading
  const file = displayPath(path, request.cwd)
  const known = documents.get(file)
  if (known) return known
  const found = await files.read(path)
  if (found.kind === 'error') {
    loading.complaints.about(file, { code: 'unreadable-file', message: `${file} ${found.detail}` })
    return undefined
  }
  return keepDocument(loading, { file, path, dialect }, found.bytes)
}

/** Bytes that were read from somewhere, as a document of the load. */
export async function keepDocument(
  loading: Loading,
  names: { readonly file: string; readonly path: string; readonly dialect: Dialect },
  bytes: Uint8Array,
): Promise<YamlDocument | undefined> {
  const { complaints, documents, inputs, secrets } = loading
  inputs.push({ file: names.file, sha256: createHash('sha256').update(bytes).digest('hex') })
  const text = await readText(loading, names, bytes)
  if (!text) return undefined
  const onEncrypted = ({ reference }: Secret, encrypted: string) =>
    secrets.keep(reference, { kind: 'encrypted', text: encrypted })
  const parsed = parseYaml({ ...names, isSecret: text !== bytes, onEncrypted }, text, complaints)
  const document = parsed && conceal(parsed, secrets)
  if (document) documents.set(names.file, document)
  return document
}

/** The bytes themselves, or what ansible-vault encrypted. */
async function readText(
  { complaints, secrets }: Loading,
  { file, dialect }: { readonly file: string; readonly dialect: Dialect },
  bytes: Uint8Array,
): Promise<Uint8Array | undefined> {
  const isEncrypted = isVault(Buffer.from(bytes).toString('latin1'))
  if (isEncrypted && dialect === 'core') {
    const hint = `keep the secret values in a file of their own (vars_files); ansible-vault decrypt ${file}`
    const message = 'is encrypted: plays and policies have to be readable'
    complaints.about(file, { code: 'encrypted-file', message: `${file} ${message}`, hint })
    return undefined
  }
  const opened = await openBytes(bytes, secrets)
  if (opened.kind === 'text') return opened.text
  complaints.about(file, { code: 'vault', message: `${file} ${opened.detail}` })
  return undefined
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
  const { request, files, secrets, complaints } = loading
  const read = (path: string) => readDocument(loading, path)
  const found = await readSources(request.inventories, request.cwd, { files, secrets, read, complaints })
  if (!found) return undefined
  const bases = [...found.folders, playbookFolder]
  const folders: VarsFolders[] = []
  for (const base of new Set(bases)) folders.push(await readVarsFolders(base, { files, read, complaints }))
  return readInventory(found.sources, folders, complaints)
}
