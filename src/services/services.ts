// How services are asked and told, one file a manager. Pure: commands out, facts in; running them is a Host's.
import type { ManagerFact } from '../model/actual.ts'
import type { ServiceManager } from '../model/desired.ts'
import type { Command, CommandOutcome } from '../model/host.ts'
import { askCommand, parseCommand, updateCommand } from './command.ts'
import { askSystemd, parseSystemd, updateSystemd } from './systemd.ts'

/** The commands that tell whether a service runs, and since when. */
export function askService(manager: ServiceManager): Command[] {
  if (manager.kind === 'systemd') return askSystemd(manager.unit)
  if (manager.kind === 'command') return askCommand(manager)
  return []
}

/** What the answers to `askService` mean, in the same order. */
export function parseService(
  manager: ServiceManager,
  outcomes: readonly CommandOutcome[],
  clockMs: number,
): ManagerFact {
  if (manager.kind === 'systemd') return parseSystemd(manager.unit, outcomes)
  if (manager.kind === 'command') return parseCommand(manager, outcomes, clockMs)
  return { state: 'unmanaged' }
}

/** How to have a service take up its files, in the state that it is in; undefined where its manager knows no way. */
export function updateService(
  manager: ServiceManager,
  action: 'restart' | 'reload',
  state: ManagerFact['state'],
): Command | undefined {
  if (manager.kind === 'systemd') return updateSystemd(manager.unit, action, state === 'failed')
  if (manager.kind === 'command') return updateCommand(manager, action)
  return undefined
}
