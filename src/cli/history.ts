// What the audit log of this machine says: the runs, or whether the log itself is what was written.
import { resolve } from 'node:path'
import { listRuns, parseLog } from '../audit/runs.ts'
import { type Verdict, verifyLog } from '../audit/verify.ts'
import { loadInventoryOnly } from '../load/inventory-only.ts'
import { formatGenerations } from '../report/generations-text.ts'
import { formatHistory } from '../report/history-text.ts'
import { historyToJson, verdictToJson } from '../report/json.ts'
import { line } from '../report/shown.ts'
import { type AuditLog, openAuditLog } from './audit-log.ts'
import { exitCodes } from './exit-code.ts'
import { type Keeping, readGenerations } from './generations.ts'
import type { Format, RunOptions } from './options.ts'
import { printData, printJson, reportDiagnostics, reportOptions, tell } from './output.ts'
import { diskFiles } from './read-files.ts'
import { createSecretStore } from './secrets.ts'
import { withSession } from './session.ts'
import { findStateFolder, noStateFolder } from './state-folder.ts'

export interface HistoryOptions extends RunOptions {
  readonly number: number
  readonly verify: boolean
}

export async function history(playbook: string | undefined, options: HistoryOptions): Promise<number> {
  if (playbook !== undefined && !options.verify)
    return withSession(playbook, options, async ({ hosts, desired, audit }) => {
      const keeping = await readGenerations(hosts, desired.readOnlyHosts)
      return show(audit, options, keeping)
    })
  const folder = await findFolder(options)
  return folder === undefined ? exitCodes.invalidInput : show(openAuditLog(folder), options)
}

async function show({ path, read }: AuditLog, options: HistoryOptions, keeping?: Keeping): Promise<number> {
  const log = await read()
  if (log.text === undefined) {
    tell(line`error: ${path} cannot be read (${log.detail}): run certwright history as whoever it belongs to`)
    return exitCodes.needsHuman
  }
  if (options.verify) return printVerdict(path, verifyLog(log.text, log.head), options.format)
  const { entries, others } = parseLog(log.text)
  if (others > 0)
    tell(line`warning: ${others} lines of ${path} are no entries: certwright history --verify says where`)
  const runs = listRuns(entries).slice(-options.number)
  const shown = reportOptions(options)
  if (options.format === 'json') printJson(historyToJson(path, runs, keeping?.kept))
  else {
    printData(
      log.text === '' ? line`There is no audit log: ${path} does not exist.` : formatHistory(runs, shown),
    )
    if (keeping) {
      printData(line`\n`)
      printData(formatGenerations(keeping.kept, shown))
    }
  }
  for (const { host, detail } of keeping?.missed ?? []) tell(line`${host}: ${detail}`)
  return keeping && keeping.missed.length > 0 ? exitCodes.unreachable : exitCodes.done
}

/** An inventory is only needed where it gives the control node a root. */
async function findFolder(options: HistoryOptions): Promise<string | undefined> {
  if (options.inventory.length === 0) return requireFolder(undefined, options)
  const request = {
    inventories: options.inventory,
    cwd: resolve('.'),
    playbookFolder: resolve('.'),
    secrets: createSecretStore(options),
  }
  const { inventory, stateRoot, diagnostics } = await loadInventoryOnly(request, diskFiles)
  reportDiagnostics(diagnostics, options, inventory === undefined)
  return inventory && requireFolder(stateRoot, options)
}

function requireFolder(stateRoot: string | undefined, options: HistoryOptions): string | undefined {
  const folder = findStateFolder(stateRoot)
  if (folder === undefined) reportDiagnostics([noStateFolder], options, true)
  return folder
}

function printVerdict(path: string, verdict: Verdict, format: Format): number {
  const { entries, fault, notes } = verdict
  if (format === 'json') printJson(verdictToJson(path, verdict))
  else {
    for (const note of notes) printData(line`${path}:${note.line}: ${note.message}`)
    if (fault) printData(line`${path}:${fault.line}: ${fault.message}`)
    else if (entries === 0) printData(line`There is no audit log: ${path} does not exist.`)
    else printData(line`${entries} entries, intact`)
  }
  return fault ? exitCodes.needsHuman : exitCodes.done
}
