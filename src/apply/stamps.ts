import { nothing } from '../model/host.ts'
import type { Plan, ServiceTask } from '../model/plan.ts'
import { formatStamp, isReached, parseStamp, stampPath } from '../services/stamp.ts'
import { type Run, requireHost } from './context.ts'

/** Told at no time that is known: whatever was owed before the files change stays owed. */
export const longAgoMs = 0

/**
 * Before files change under a service whose manager knows no start time, the moment is written down. If the restart
 * then fails or never happens, the files are newer than the stamp and the restart stays owed. A stamp of tomorrow
 * would be overtaken by the clock, and then pass for newer than these files. A telling that was begun stays noted.
 */
export async function stampServices(run: Run, plan: Plan, hostName: string): Promise<void> {
  const host = requireHost(run, hostName)
  const due = plan.tasks.filter(
    (task): task is ServiceTask => task.kind === 'service' && task.host === hostName,
  )
  for (const { manager, name } of due) {
    if (manager.kind !== 'command' || manager.uptime) continue
    const { texts, clockMs } = await host.gather({ ...nothing, texts: [stampPath(name)] })
    const [found] = texts
    if (found === undefined) await host.writeState(stampPath(name), formatStamp({ ms: clockMs }))
    const stamp = found?.kind === 'text' ? parseStamp(found.text) : undefined
    if (stamp && !isReached(stamp.ms, clockMs))
      await host.writeState(stampPath(name), formatStamp({ ...stamp, ms: longAgoMs }))
  }
}
