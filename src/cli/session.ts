// What plan, apply and status have in common: load, gather, compare. Nothing is changed here.
import { resolve } from 'node:path'
import { findIssuances } from '../audit/runs.ts'
import { diff } from '../diff/diff.ts'
import { gather } from '../gather/gather.ts'
import { openRecording } from '../gather/recording.ts'
import { type Loaded, load } from '../load/load.ts'
import { readRecording } from '../load/recording.ts'
import type { Actual } from '../model/actual.ts'
import type { ControlFacts } from '../model/control.ts'
import type { Desired } from '../model/desired.ts'
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
import { createSecretStore } from './secrets.ts'
import { findStateFolder, noStateFolder } from './state-folder.ts'

export interface Session {
  readonly desired: Desired
  readonly secrets: SecretStore
  readonly hosts: Readonly<Record<string, Host>>
  readonly audit: AuditLog
  /** Hosts that another run is at work on, with its holder: they are looked at, and left alone. */
  readonly held: Map<string, string>
  /** Looks at every host, anew each time. */
  readonly observe: () => Promise<{ actual: Actual; difference: Difference }>
}

/** Undefined when the input is invalid; the diagnostics have then been printed. */
async function openSession(playbook: string, options: RunOptions): Promise<Session | undefined> {
  const secrets = createSecretStore(options)
  const { desired, diagnostics } = await loadPlaybook(playbook, options, secrets)
  reportDiagnostics(diagnostics, options, desired === undefined)
  if (!desired) return undefined
  const folder = findStateFolder(desired.stateRoot)
  if (folder === undefined) {
    reportDiagnostics([noStateFolder], options, true)
    return undefined
  }
  const audit = openAuditLog(folder)
  if (options.facts !== undefined) return recordedSession(desired, audit, options.facts, options, secrets)
  const hosts = connectHosts(desired, secrets.resolve)
  const held = new Map<string, string>()
  const observe = async () => {
    const actual = await gather(desired, hosts, secrets.resolve, options.forks, held)
    return { actual, difference: diff(desired, actual, options.at, await readControlFacts(audit, actual)) }
  }
  return { desired, secrets, hosts, audit, held, observe }
}

/** A log that may not be read tells nothing; an apply that may not write it is refused. */
async function readControlFacts(audit: AuditLog, actual: Actual): Promise<ControlFacts> {
  const log = await audit.read()
  if (log.text === undefined)
    tell(line`warning: ${audit.path} cannot be read: what was issued earlier is not known (${log.detail})`)
  const issuances = findIssuances(log.text ?? '', findMachines(actual))
  return { issuances, ...(builtMs === undefined ? {} : { builtMs }) }
}

/** The hosts as they were when their facts were recorded; none is connected. */
async function recordedSession(
  desired: Desired,
  audit: AuditLog,
  file: string,
  options: RunOptions,
  secrets: SecretStore,
): Promise<Session | undefined> {
  const read = await readRecording(file, resolve('.'), diskFiles)
  if (read.kind === 'refused') {
    reportDiagnostics(read.diagnostics, options, true)
    return undefined
  }
  const { recordedAt, actual, problems } = openRecording(desired, read.value)
  const hint = 'record again, with the same playbook and inventory: certwright facts'
  const diagnostics = problems.map((problem) => ({
    code: 'not-recorded',
    severity: 'error' as const,
    message: `${file}: ${problem}`,
    hint,
  }))
  if (diagnostics.length > 0) {
    reportDiagnostics(diagnostics, options, true)
    return undefined
  }
  tell(line`The hosts as they were at ${recordedAt} (${file}).`)
  const observation = { actual, difference: diff(desired, actual, options.at) }
  return {
    desired: { ...desired, inputs: [...desired.inputs, read.input] },
    secrets,
    hosts: {},
    held: new Map(),
    audit,
    observe: async () => observation,
  }
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
  { inventory, extraVars, limit, at, allow }: RunOptions,
  secrets: SecretStore,
): Promise<Loaded> {
  const request = {
    playbook,
    inventories: inventory,
    extraVars,
    at,
    cwd: resolve('.'),
    secrets,
    allowed: allow ?? {},
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
