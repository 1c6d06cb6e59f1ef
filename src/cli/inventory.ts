import { resolve } from 'node:path'
import { sourceAt } from '../load/document.ts'
import { explainVariable } from '../load/explain.ts'
import { hostVarsOf, inventoryToJson, maskedValue, treeOf } from '../load/inventory-json.ts'
import type { Inventory } from '../load/inventory-model.ts'
import { loadInventoryOnly } from '../load/inventory-only.ts'
import { suggestOrList } from '../load/suggest.ts'
import { formatJson } from '../model/visible.ts'
import { formatInventoryGraph } from '../report/inventory-graph.ts'
import { formatExplanation, formatHosts, formatVariables } from '../report/inventory-text.ts'
import { line } from '../report/shown.ts'
import { exitCodes } from './exit-code.ts'
import type { Format } from './options.ts'
import { printData, printJson, reportDiagnostics, tell } from './output.ts'
import { diskFiles } from './read-files.ts'
import { createSecretStore } from './secrets.ts'
import type { VaultOptions } from './vault-passwords.ts'

export interface InventoryOptions extends VaultOptions {
  readonly inventory: readonly string[]
  readonly playbookDir: string
  readonly color: boolean
  readonly format: Format
  /** Say where a variable was set, and what it overrode. */
  readonly explain?: string
}

type View = 'list' | 'graph' | 'host'

/** What the inventories come to: all hosts, a tree of groups, or one host's variables. */
export async function showInventory(
  view: View,
  host: string | undefined,
  options: InventoryOptions,
): Promise<number> {
  const request = {
    inventories: options.inventory,
    cwd: resolve('.'),
    playbookFolder: resolve(options.playbookDir),
    secrets: createSecretStore(options),
  }
  const { inventory, diagnostics } = await loadInventoryOnly(request, diskFiles)
  reportDiagnostics(diagnostics, { ...options, verbose: false }, inventory === undefined)
  if (!inventory) return exitCodes.invalidInput
  if (view === 'host') return showHost(inventory, host ?? '', options)
  if (options.format === 'json') printJson(inventoryToJson(inventory))
  else if (view === 'graph') printData(formatInventoryGraph(treeOf(inventory)))
  else printData(formatHosts(listHosts(inventory)))
  return exitCodes.done
}

function listHosts({ hosts }: Inventory) {
  return [...hosts.values()].map(({ name, groups, vars }) => ({
    name,
    groups,
    connection: describeConnection(vars.ansible_connection?.value),
  }))
}

/** As it is written: whether it is one that certwright knows is found out where a playbook uses the host. */
function describeConnection(value: unknown = 'ssh'): string {
  return typeof value === 'string' ? value : formatJson(value)
}

function showHost(
  inventory: Inventory,
  name: string,
  { explain, format }: Pick<InventoryOptions, 'explain' | 'format'>,
): number {
  const host = inventory.hosts.get(name)
  if (!host)
    return refuse(`the inventory has no host "${name}"`, suggestOrList(name, [...inventory.hosts.keys()]))
  if (explain !== undefined) return showVariable(inventory, name, explain, format)
  if (format === 'json') printJson(hostVarsOf(inventory, name))
  else {
    const variables = Object.entries(host.vars).map(([key, { value, from }]) => {
      const shown = { name: key, value: maskedValue(key, value) }
      return from ? { ...shown, source: sourceAt(from.document, from.pointer, 'key') } : shown
    })
    printData(formatVariables(variables))
  }
  return exitCodes.done
}

function showVariable(inventory: Inventory, host: string, name: string, format: Format): number {
  const settings = explainVariable(inventory, host, name).map((setting) => ({
    ...setting,
    value: maskedValue(name, setting.value),
  }))
  const [first, ...overrides] = settings
  const known = Object.keys(inventory.hosts.get(host)?.vars ?? {})
  if (!first) return refuse(`${host} has no variable "${name}"`, suggestOrList(name, known))
  if (format === 'json') printJson({ host, name, ...first, overrides })
  else printData(formatExplanation(name, settings))
  return exitCodes.done
}

function refuse(message: string, hint: string): number {
  tell(line`error: ${message}: ${hint}`)
  return exitCodes.invalidInput
}
