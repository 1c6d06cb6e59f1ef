// Stage load: text → Desired and Diagnostics. Pure but for the reader that it is handed.
// In: a playbook, inventories, extra variables. Out: everything that is wanted, fully expanded, or every complaint at once.
// May not: contact a host, look at the clock, keep a secret.
import { dirname, resolve } from 'node:path'
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
import { loadInventory, readDocument } from './documents.ts'
import { readExtraVars } from './extra-vars.ts'
import type { FileReader } from './files.ts'
import type { Inventory } from './inventory-model.ts'
import type { Loading, LoadRequest } from './loading.ts'
import { readPlay } from './play.ts'
import { validateDocument } from './schema.ts'
import { controlTarget, readTarget } from './targets.ts'

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
  const inventory = await loadInventory(loading, dirname(resolve(request.cwd, request.playbook)))
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
      request,
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
