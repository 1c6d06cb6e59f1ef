// Stage load: text → Desired and Diagnostics. Pure but for the reader that it is handed.
// In: a playbook, inventories, extra variables. Out: everything that is wanted, fully expanded, or every complaint at once.
// May not: contact a host, look at the clock, keep a secret.
import { dirname, join, resolve } from 'node:path'
import type { Desired, DesiredPlay, HostTarget, InputFile } from '../model/desired.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import { checkClaims } from './claims.ts'
import { type Complaints, collectComplaints } from './complaints.ts'
import { reportUndeclared } from './declared.ts'
import type { YamlDocument } from './document.ts'
import { loadInventory, readDocument } from './documents.ts'
import { readExtraVars } from './extra-vars.ts'
import type { FileReader } from './files.ts'
import type { Inventory } from './inventory-model.ts'
import { limitDesired } from './limit.ts'
import type { Loading, LoadRequest } from './loading.ts'
import { readPatternFiles } from './pattern-files.ts'
import { matchHosts } from './patterns.ts'
import { readPlay } from './play.ts'
import { validateDocument } from './schema.ts'
import { readStateRoot } from './state-root.ts'

export interface Loaded {
  /** Absent when there is an error among the diagnostics. */
  readonly desired?: Desired
  readonly diagnostics: readonly Diagnostic[]
}

export async function load(request: LoadRequest, files: FileReader): Promise<Loaded> {
  const complaints = collectComplaints()
  const documents = new Map<string, YamlDocument>()
  const inputs: InputFile[] = []
  const { secrets } = request
  const loading: Loading = { request, files, secrets, complaints, documents, inputs }
  const inventory = await loadInventory(loading, dirname(resolve(request.cwd, request.playbook)))
  const playbook = await readDocument(loading, resolve(request.cwd, request.playbook), 'core')
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
    const play = await readPlay(context, (path, dialect) => readDocument(loading, path, dialect))
    if (!play) continue
    plays.push(play.desired)
    for (const target of play.targets) hosts.set(target.name, hosts.get(target.name) ?? target)
  }
  if (declared.size > 0) reportUndeclared(extraVars, declared, complaints)
  checkClaims(plays, documents, complaints)
  const chosen = request.limit === undefined ? undefined : await readLimit(loading, request.limit, inventory)
  if (chosen) checkLimit(request.limit ?? '', chosen, plays, complaints)
  const desired: Desired = {
    inputs,
    hosts: Object.fromEntries(hosts),
    plays,
    readOnlyHosts: [],
    allowed: request.allowed ?? {},
    ...readStateRoot(inventory, playbook.path, complaints),
  }
  if (complaints.hasErrors) return { diagnostics: complaints.list() }
  return { desired: chosen ? limitDesired(desired, chosen) : desired, diagnostics: complaints.list() }
}

async function readLimit(
  { request, files, complaints }: Loading,
  limit: string,
  inventory: Inventory,
): Promise<Set<string>> {
  const pattern = { pattern: limit, document: limitDocument(limit, request.cwd), pointer: '' }
  const full = await readPatternFiles(pattern, files, complaints)
  return new Set(full ? matchHosts(full, inventory, complaints) : [])
}

function checkLimit(
  limit: string,
  chosen: ReadonlySet<string>,
  plays: readonly DesiredPlay[],
  complaints: Complaints,
): void {
  const hosts = plays.flatMap(({ batches }) => batches.flat())
  if (chosen.size === 0 || hosts.some((host) => chosen.has(host))) return
  const message = 'no play is about any of these hosts'
  const hint = `the plays are about ${[...new Set(hosts)].slice(0, 12).join(', ')}`
  complaints.at(limitDocument(limit, ''), '', { code: 'no-hosts', message, hint })
}

/** The argument as a document of its own, so that a mistake in it has a place like any other. */
function limitDocument(limit: string, cwd: string): YamlDocument {
  const names = { file: '--limit', path: join(cwd, '--limit') }
  return { ...names, text: limit, value: limit, places: new Map(), isSecret: false }
}
