import type { RecordEvents } from '../model/audit.ts'
import { HostError } from '../model/host.ts'
import type { AuditLog } from './audit-log.ts'

/** One run's part of the audit log. A run that had nothing to do leaves no trace in it. */
export function recordRun({ append }: AuditLog): {
  readonly record: RecordEvents
  /** Writes down how the run ended. */
  readonly end: (exit: number) => Promise<void>
} {
  let run: string | undefined
  return {
    record: async (events) => {
      await append(events)
      run = events[0]?.run ?? run
    },
    end: async (exit) => {
      if (run === undefined) return
      await append([{ kind: 'end', run, exit }]).catch((error: unknown) => {
        if (!(error instanceof HostError)) throw error
        process.stderr.write(`warning: how this run ended is not written down: ${error.message}\n`)
      })
    },
  }
}
