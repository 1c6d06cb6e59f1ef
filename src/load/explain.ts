// Where a host's variable comes from: the value that holds, and every one that it overrode.
import type { Source } from '../model/source.ts'
import { sourceAt } from './document.ts'
import type { Inventory, Variable } from './inventory-model.ts'

export interface Setting {
  readonly value: unknown
  /** Absent: no file says so. */
  readonly source?: Source
}

/** The one that holds first, then those below it; empty when the host has no such variable. */
export function explainVariable(inventory: Inventory, host: string, name: string): Setting[] {
  const layers = inventory.layersOf(host).toReversed()
  return layers.flatMap((layer) => unfold(layer.get(name)))
}

function unfold(variable: Variable | undefined): Setting[] {
  if (!variable) return []
  const { value, from, overrode } = variable
  const setting = from ? { value, source: sourceAt(from.document, from.pointer, 'key') } : { value }
  return [setting, ...unfold(overrode)]
}
