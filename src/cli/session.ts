// What plan, apply and status have in common: load, gather, compare. Nothing is changed here.
import { resolve } from 'node:path'
import { findIssuances } from '../audit/runs.ts'
import { diff } from '../diff/diff.ts'
import { gather } from '../gather/gather.ts'
import { type Loaded, load } from '../load/load.ts'
import type { Actual } from '../model/actual.ts'
import type { ControlFacts, OwnFolders } from '../model/control.ts'
import type { Desired, RotateRequest } from '../model/desired.ts'
import type { Difference } from '../model/difference.ts'
import type { Host } from '../model/host.ts'
import { findMachines } from '../model/machines.ts'
import type { SecretStore } from '../model/secret.ts'
import { line } from '../report/shown.ts'
import { findOtherTime } from './as-of-now.ts'
import { type AuditLog, openAuditLog } from './audit-log.ts'
import { builtMs } from './build-date.ts'
import { exitCodes } from './exit-code.ts'
import { connectHosts } from './hosts.ts'
import type { RunOptions } from './options.ts'
import { reportDiagnostics, tell } from './output.ts'
import { diskFiles } from './read-files.ts'
import { foldersOf, openFacts, readFacts } from './recorded.ts'
import { createSecretStore } from './secrets.ts'
import { findOwnFolders, findStateFolder, noStateFolder } from './state-folder.ts'

export interface Session {
  readonly desired: Desired
  readonly secrets: SecretStore
  readonly hosts: Readonly<Record<string, Host>>
  readonly audit: AuditLog
  /** Hosts that another run is at work on, with its holder: they are looked at, and left alone. */
  readonly held: Map<string, string>
  /** Hosts that could be reached and not be locked: nothing may be changed there. */
  readonly unlocked: Set<string>
  /** Looks at every host, anew each time; `rotate`: and judges by what somebody asked for beside the policies. */
  readonly observe: (rotate?: RotateRequest) => Promise<{ actual: Actual; difference: Difference }>
}

/** Undefined when the input is invalid; the diagnostics have then been printed. */
async function openSession(playbook: string, options: RunOptions): Promise<Session | undefined> {
  const secrets = createSecretStore(options)
  const recorded = options.facts === undefined ? undefined : await readFacts(options.facts, options)
  if (recorded === 'refused') return undefined
  const folders = recorded ? foldersOf(recorded) : findOwnFolders()
  const { desired, diagnostics } = await loadPlaybook(playbook, options, secrets, folders)
  reportDiagnostics(diagnostics, options, desired === undefined)
  if (!desired) return undefined
  const folder = findStateFolder(desired.stateRoot)
  if (folder === undefined) {
    reportDiagnostics([noStateFolder], options, true)
    return undefined
  }
  const audit = openAuditLog(folder)
  if (recorded) {
    const actual = openFacts(recorded, desired, options)
    if (!actual) return undefined
    const observation = { actual, difference: diff(desired, actual, options.at) }
    const inputs = [...desired.inputs, recorded.input]
    return {
      desired: { ...desired, inputs },
      secrets,
      hosts: {},
      held: new Map(),
      unlocked: new Set(),
      audit,
      observe: async () => observation,
    }
  }
  const hosts = connectHosts(desired, secrets.resolve)
  const held = new Map<string, string>()
  const observe: Session['observe'] = async (rotate) => {
    const actual = await gather(desired, hosts, secrets.resolve, options.forks, held)
    const asked = rotate ? { ...desired, rotate } : desired
    return { actual, difference: diff(asked, actual, options.at, await readControlFacts(audit, actual)) }
  }
  return { desired, secrets, hosts, audit, held, unlocked: new Set(), observe }
}

/** A log that may not be read tells nothing; an apply that may not write it is refused. */
async function readControlFacts(audit: AuditLog, actual: Actual): Promise<ControlFacts> {
  const log = await audit.read()
  if (log.text === undefined)
    tell(line`warning: ${audit.path} cannot be read: what was issued earlier is not known (${log.detail})`)
  const issuances = findIssuances(log.text ?? '', findMachines(actual))
  return { issuances, ...(builtMs === undefined ? {} : { builtMs }) }
}

/** The diagnostic has then been printed; nothing has been touched. `only`: the one host that would be changed. */
export function refusesTime({ desired }: Session, options: RunOptions, only?: string): boolean {
  const concerned = Object.values(desired.hosts).filter(
    ({ name }) => !desired.readOnlyHosts.includes(name) && (only === undefined || name === only),
  )
  const fault = findOtherTime(concerned, options.at)
  if (fault) reportDiagnostics([fault], options, true)
  return fault !== undefined
}

export function loadPlaybook(
  playbook: string,
  { inventory, extraVars, limit, at, allow, release }: RunOptions,
  secrets: SecretStore,
  folders: OwnFolders | undefined,
): Promise<Loaded> {
  const request = {
    playbook,
    inventories: inventory,
    extraVars,
    at,
    cwd: resolve('.'),
    secrets,
    allowed: allow ?? {},
    released: release ?? [],
    ...(folders ? { folders } : {}),
  }
  return load(limit === undefined ? request : { ...request, limit }, diskFiles)
}

export async function withSession(
  playbook: string,
  options: RunOptions,
  action: (session: Session) => Promise<number>,
): Promise<number> {
  const session = await openSession(playbook, options)
  if (!session) return exitCodes.invalidInput
  try {
    return await action(session)
  } finally {
    await Promise.all(Object.values(session.hosts).map((host) => host.close()))
  }
}
