import { dirname, resolve } from 'node:path'
import { controlHost, type Desired } from '../model/desired.ts'
import { VariableError } from './cel.ts'
import { fromCel } from './cel-values.ts'
import type { Complaints } from './complaints.ts'
import { isFault, readRoot } from './connection.ts'
import type { Inventory } from './inventory-model.ts'
import { makeScopes } from './scope.ts'

const variable = 'certwright_root'

/**
 * Where the inventory says that the control node's files are: what certwright keeps of its own goes there too, so
 * that a sandbox stays one. Known without any play, because it is asked for without one (`certwright history`).
 */
export function readStateRoot(
  inventory: Inventory,
  playbookPath: string,
  complaints: Complaints,
): Pick<Desired, 'stateRoot'> {
  const written = inventory.hosts.get(controlHost)?.vars[variable]
  if (!written) return {}
  const { from } = written
  const scopeOf = makeScopes({ inventory, playbookPath, defaults: {}, overrides: {}, complaints })
  try {
    const root = readRoot(fromCel(scopeOf(controlHost)[variable]))
    if (isFault(root)) {
      const complaint = { code: 'invalid-connection', message: `${controlHost}: ${variable} ${root.fault}` }
      if (from) complaints.at(from.document, from.pointer, complaint)
      else complaints.about(undefined, complaint)
      return {}
    }
    return { stateRoot: resolve(from ? dirname(from.document.path) : '.', root) }
  } catch (error) {
    // The expression failed, and has been told where it stands.
    if (!(error instanceof VariableError)) throw error
    return {}
  }
}
