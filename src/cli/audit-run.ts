import type { RecordEvents } from '../model/audit.ts'
import { HostError } from '../model/host.ts'
import { line } from '../report/shown.ts'
import type { AuditLog } from './audit-log.ts'
import { tell } from './output.ts'

/** One run's part of the audit log, with how it ended. A run that had nothing to do leaves no trace in it. */
export async function recordRun(
  { append }: AuditLog,
  run: string,
  work: (record: RecordEvents) => Promise<number>,
): Promise<number> {
  let recorded = false
  const exit = await work(async (events) => {
    await append(events)
    recorded = true
  })
  if (recorded)
    await append([{ kind: 'end', run, exit }]).catch((error: unknown) => {
      if (!(error instanceof HostError)) throw error
      tell(line`warning: how this run ended is not written down: ${error.message}`)
    })
  return exit
}
