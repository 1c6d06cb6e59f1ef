import { join } from 'node:path'
import type { Diagnostic } from '../model/diagnostic.ts'
import type { SecretStore } from '../model/secret.ts'
import { collectComplaints } from './complaints.ts'
import { loadInventory } from './documents.ts'
import type { FileReader } from './files.ts'
import type { Inventory } from './inventory-model.ts'
import { readStateRoot } from './state-root.ts'

export interface InventoryRequest {
  readonly inventories: readonly string[]
  readonly cwd: string
  /** Whose group_vars and host_vars count too. */
  readonly playbookFolder: string
  readonly secrets: SecretStore
}

export interface LoadedInventory {
  readonly inventory?: Inventory
  readonly stateRoot?: string
  readonly diagnostics: readonly Diagnostic[]
}

/** The inventories alone, without any playbook: for looking at them. */
export async function loadInventoryOnly(
  { playbookFolder, secrets, ...request }: InventoryRequest,
  files: FileReader,
): Promise<LoadedInventory> {
  const complaints = collectComplaints()
  const loading = { request, files, secrets, complaints, documents: new Map(), inputs: [] }
  const inventory = await loadInventory(loading, playbookFolder)
  const state = inventory ? readStateRoot(inventory, join(playbookFolder, 'none.yml'), complaints) : {}
  const diagnostics = complaints.list()
  return inventory && !complaints.hasErrors ? { inventory, ...state, diagnostics } : { diagnostics }
}
