// `--facts`: the hosts as they were when somebody recorded them; none is connected.
import { resolve } from 'node:path'
import { findDataFolder, openRecording } from '../gather/recording.ts'
import { readRecording } from '../load/recording.ts'
import type { Actual } from '../model/actual.ts'
import { type OwnFolders, systemFolder } from '../model/control.ts'
import type { Desired, InputFile } from '../model/desired.ts'
import { line } from '../report/shown.ts'
import type { RunOptions } from './options.ts'
import { reportDiagnostics, tell } from './output.ts'
import { diskFiles } from './read-files.ts'

interface Recorded {
  readonly file: string
  readonly value: object
  readonly input: InputFile
}

/** Why it was refused has then been printed. */
export async function readFacts(file: string, options: RunOptions): Promise<Recorded | 'refused'> {
  const read = await readRecording(file, resolve('.'), diskFiles)
  if (read.kind === 'recording') return { file, value: read.value, input: read.input }
  reportDiagnostics(read.diagnostics, options, true)
  return 'refused'
}

/** Keys are where they were for whoever recorded, whoever plans from it. */
export function foldersOf({ value }: Recorded): OwnFolders | undefined {
  const data = findDataFolder(value)
  return data === undefined ? undefined : { state: systemFolder, data }
}

/** Undefined where it does not know what is wanted; that has then been printed. */
export function openFacts(
  { file, value }: Recorded,
  desired: Desired,
  options: RunOptions,
): Actual | undefined {
  const { recordedAt, actual, problems } = openRecording(desired, value)
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
  return actual
}
