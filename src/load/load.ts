// Stage load: text → Desired and Diagnostics. Pure but for the reader that it is handed.
// In: a playbook, inventories, extra variables. Out: everything that is wanted, fully expanded, or every complaint at once.
// May not: contact a host, look at the clock, keep a secret.
import { createHash } from 'node:crypto'
import { relative, resolve } from 'node:path'
import {
  controlHost,
  type Desired,
  type DesiredPlay,
  type HostTarget,
  type InputFile,
} from '../model/desired.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import { checkClaims } from './claims.ts'
import { type Complaints, collectComplaints } from './complaints.ts'
import { reportUndeclared } from './declared.ts'
import type { YamlDocument } from './document.ts'
import { readExtraVars } from './extra-vars.ts'
import type { FileReader } from './files.ts'
import { type Inventory, readInventory } from './inventory.ts'
import type { Loading, LoadRequest } from './loading.ts'
import { readPlay } from './play.ts'
import { validateDocument } from './schema.ts'
import { controlTarget, readTarget } from './targets.ts'
import { parseYaml } from './yaml.ts'

export interface Loaded {
  /** Absent when there is an error among the diagnostics. */
  readonly desired?: Desired
  readonly diagnostics: readonly Diagnostic[]
}

export async function load(request: LoadRequest, files: FileReader): Promise<Loaded> {
  const complaints = collectComplaints()
  const documents = new Map<string, YamlDocument>()
  const inputs: InputFile[] = []
  const loading: Loading = { request, files, complaints, documents, inputs }
  const inventory = await loadInventory(loading)
  const playbook = await readDocument(loading, resolve(request.cwd, request.playbook))
  const extraVars = await readExtraVars(
    request.extraVars,
    (path) => readDocument(loading, path),
    request.cwd,
    complaints,
  )
  const valid = playbook !== undefined && (await validateDocument('playbook', playbook, complaints))
  if (!inventory || !valid) return { diagnostics: complaints.list() }
  const count = (playbook.value as unknown[]).length
  const plays: DesiredPlay[] = []
  const declared = new Set<string>()
  const hosts = new Map<string, HostTarget>()
  for (let index = 0; index < count; index += 1) {
    const context = {
      ...loading,
      inventory,
      playbook,
      extraVars,
      index,
      prefix: count > 1 ? `play${index + 1}:` : '',
      declared,
    }
    const play = await readPlay(context, (path) => readDocument(loading, path))
    if (play) plays.push(play.desired)
    if (play) addTargets(hosts, play.desired, play.become, inventory, complaints)
  }
  if (declared.size > 0) reportUndeclared(extraVars, declared, complaints)
  checkClaims(plays, documents, complaints)
  if (complaints.hasErrors) return { diagnostics: complaints.list() }
  return { desired: { inputs, hosts: Object.fromEntries(hosts), plays }, diagnostics: complaints.list() }
}

/** Undefined after a complaint. */
async function readDocument(
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

async function loadInventory(loading: Loading): Promise<Inventory | undefined> {
  const { request, complaints } = loading
  if (request.inventories.length === 0) {
    complaints.about(undefined, {
      code: 'no-inventory',
      message: 'no inventory was given',
      hint: 'name one with -i inventory/hosts.yml',
    })
    return undefined
  }
  const documents: YamlDocument[] = []
  for (const path of request.inventories) {
    const document = await readDocument(loading, resolve(request.cwd, path))
    if (document && (await validateDocument('inventory', document, complaints))) documents.push(document)
  }
  if (documents.length < request.inventories.length) return undefined
  return readInventory(documents, complaints)
}

/** The hosts of the play, and the control node where something is kept there. */
function addTargets(
  targets: Map<string, HostTarget>,
  play: DesiredPlay,
  become: boolean,
  inventory: Inventory,
  complaints: Complaints,
): void {
  for (const name of play.batches.flat()) {
    const host = inventory.hosts.get(name)
    const target = host && !targets.has(name) ? readTarget(host, become, complaints) : undefined
    if (target) targets.set(name, target)
  }
  const usesControl = play.pairs.some(({ placements }) => placements.some(({ host }) => host === controlHost))
  if (usesControl && !targets.has(controlHost))
    targets.set(controlHost, controlTarget(inventory.hosts.get(controlHost), complaints))
}
