import { resolve } from 'node:path'
import { sourceAt } from '../load/document.ts'
import { hostVarsOf, inventoryToJson, treeOf } from '../load/inventory-json.ts'
import type { Inventory } from '../load/inventory-model.ts'
import { loadInventoryOnly } from '../load/inventory-only.ts'
import { suggestOrList } from '../load/suggest.ts'
import { formatInventoryGraph } from '../report/inventory-graph.ts'
import { exitCodes } from './exit-code.ts'
import { printData, printJson, reportDiagnostics } from './output.ts'
import { diskFiles } from './read-files.ts'

export interface InventoryOptions {
  readonly inventory: readonly string[]
  readonly playbookDir: string
  readonly color: boolean
  /** Say where a variable was set. */
  readonly explain?: string
}

type View = 'list' | 'graph' | 'host'

/** What the inventories come to: everything as Ansible's JSON, a tree, or one host's variables. */
export async function showInventory(
  view: View,
  host: string | undefined,
  options: InventoryOptions,
): Promise<number> {
  const request = {
    inventories: options.inventory,
    cwd: resolve('.'),
    playbookFolder: resolve(options.playbookDir),
  }
  const { inventory, diagnostics } = await loadInventoryOnly(request, diskFiles)
  reportDiagnostics(
    diagnostics,
    { format: 'text', color: options.color, verbose: false },
    inventory === undefined,
  )
  if (!inventory) return exitCodes.invalidInput
  if (view === 'list') printJson(inventoryToJson(inventory))
  else if (view === 'graph') printData(formatInventoryGraph(treeOf(inventory)))
  else return showHost(inventory, host ?? '', options.explain)
  return exitCodes.done
}

function showHost(inventory: Inventory, name: string, explain: string | undefined): number {
  const host = inventory.hosts.get(name)
  if (!host)
    return refuse(`the inventory has no host "${name}"`, suggestOrList(name, [...inventory.hosts.keys()]))
  if (explain === undefined) {
    printJson(hostVarsOf(inventory, name))
    return exitCodes.done
  }
  const variable = host.vars[explain]
  if (!variable)
    return refuse(`${name} has no variable "${explain}"`, suggestOrList(explain, Object.keys(host.vars)))
  const { from, value } = variable
  const source = from && sourceAt(from.document, from.pointer, 'key')
  printData(
    `${explain}: ${JSON.stringify(value)}   ${source ? `${source.file}:${source.line}:${source.col}` : ''}`.trimEnd(),
  )
  return exitCodes.done
}

function refuse(message: string, hint: string): number {
  process.stderr.write(`error: ${message}: ${hint}\n`)
  return exitCodes.invalidInput
}
