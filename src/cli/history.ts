// What the audit log of this machine says: the runs, or whether the log itself is what was written.
import { resolve } from 'node:path'
import { listRuns, parseLog } from '../audit/runs.ts'
import { type Verdict, verifyLog } from '../audit/verify.ts'
import { loadInventoryOnly } from '../load/inventory-only.ts'
import { formatHistory } from '../report/history-text.ts'
import { historyToJson, verdictToJson } from '../report/json.ts'
import { openAuditLog } from './audit-log.ts'
import { exitCodes } from './exit-code.ts'
import type { Format } from './options.ts'
import { printData, printJson, reportDiagnostics, reportOptions } from './output.ts'
import { diskFiles } from './read-files.ts'
import { createSecretStore } from './secrets.ts'
import { findStateFolder } from './state-folder.ts'
import type { VaultOptions } from './vault-passwords.ts'

export interface HistoryOptions extends VaultOptions {
  readonly inventory: readonly string[]
  readonly number: number
  readonly verify: boolean
  readonly color: boolean
  readonly format: Format
}

export async function history(options: HistoryOptions): Promise<number> {
  const folder = await findFolder(options)
  if (folder === undefined) return exitCodes.invalidInput
  const { path, read } = openAuditLog(folder)
  const log = await read()
  if (!log) {
    process.stderr.write(`error: ${path} cannot be read: run certwright history as whoever it belongs to\n`)
    return exitCodes.needsHuman
  }
  if (options.verify) return printVerdict(path, verifyLog(log.text, log.head), options.format)
  const runs = listRuns(parseLog(log.text)).slice(-options.number)
  if (options.format === 'json') printJson(historyToJson(path, runs))
  else if (log.text === '') printData(`There is no audit log: ${path} does not exist.`)
  else printData(formatHistory(runs, reportOptions({ ...options, verbose: false })))
  return exitCodes.done
}

/** An inventory is only needed where it gives the control node a root. */
async function findFolder(options: HistoryOptions): Promise<string | undefined> {
  if (options.inventory.length === 0) return findStateFolder(undefined)
  const request = {
    inventories: options.inventory,
    cwd: resolve('.'),
    playbookFolder: resolve('.'),
    secrets: createSecretStore(options),
  }
  const { inventory, stateRoot, diagnostics } = await loadInventoryOnly(request, diskFiles)
  reportDiagnostics(diagnostics, { ...options, verbose: false }, inventory === undefined)
  return inventory && findStateFolder(stateRoot)
}

function printVerdict(path: string, verdict: Verdict, format: Format): number {
  const { entries, fault, notes } = verdict
  if (format === 'json') printJson(verdictToJson(path, verdict))
  else {
    for (const { line, message } of notes) printData(`${path}:${line}: ${message}`)
    if (fault) printData(`${path}:${fault.line}: ${fault.message}`)
    else if (entries === 0) printData(`There is no audit log: ${path} does not exist.`)
    else printData(`${entries} entries, intact`)
  }
  return fault ? exitCodes.needsHuman : exitCodes.done
}
