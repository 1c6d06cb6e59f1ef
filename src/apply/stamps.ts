import { nothing } from '../model/host.ts'
import type { Plan, ServiceTask } from '../model/plan.ts'
import { formatStamp, stampPath } from '../services/stamp.ts'
import { type Run, requireHost } from './context.ts'

/**
 * Before files change under a service whose manager knows no start time, the moment is written down. If the restart
 * then fails or never happens, the files are newer than the stamp and the restart stays owed.
 */
export async function stampServices(run: Run, plan: Plan, hostName: string): Promise<void> {
  const host = requireHost(run, hostName)
  const due = plan.tasks.filter(
    (task): task is ServiceTask => task.kind === 'service' && task.host === hostName,
  )
  for (const { manager, name } of due) {
    if (manager.kind !== 'command' || manager.uptime) continue
    const { texts, clockMs } = await host.gather({ ...nothing, texts: [stampPath(name)] })
    if (texts[0] === undefined) await host.writeState(stampPath(name), formatStamp(new Date(clockMs)))
  }
}
