import type { YamlDocument } from './document.ts'

export interface Inventory {
  /** In the order in which they were first written. */
  readonly hosts: ReadonlyMap<string, InventoryHost>
  /** Group name to its hosts, those of its children included, in inventory order. */
  readonly groups: ReadonlyMap<string, readonly string[]>
  /** Every group with its own hosts and children, as they are written. */
  readonly tree: ReadonlyMap<string, Pick<Group, 'hosts' | 'children'>>
  /** A host's variables before they are merged, the strongest last: to tell what overrode what. */
  readonly layersOf: (host: string) => readonly Layer[]
}

export type Layer = ReadonlyMap<string, Variable>

export interface InventoryHost {
  readonly name: string
  /** Sorted, `all` left out. */
  readonly groups: readonly string[]
  readonly vars: Readonly<Record<string, Variable>>
  /** The inventory file that first names it; absent for a host from a list. */
  readonly file?: string
}

/** A variable's value and where it was written; no document: given on the command line or by certwright. */
export interface Variable {
  readonly value: unknown
  readonly from?: { readonly document: YamlDocument; readonly pointer: string }
  /** What stood at the same place of precedence before: in an earlier source. */
  readonly overrode?: Variable
}

/** One thing that `-i` named: a document, or a list of hosts. */
export type InventorySource =
  | { readonly kind: 'document'; readonly document: YamlDocument }
  | { readonly kind: 'hosts'; readonly names: readonly string[] }

/** A group as it is written, before its variables reach its hosts. */
export interface Group {
  readonly name: string
  readonly hosts: Set<string>
  readonly children: Set<string>
  readonly vars: Map<string, Variable>
  /** `ansible_group_priority`: among groups of one depth, the higher wins. */
  priority: number
}

export interface WrittenInventory {
  readonly groups: ReadonlyMap<string, Group>
  readonly hostVars: ReadonlyMap<string, Layer>
  /** Host to the file that first names it. */
  readonly hostFiles: ReadonlyMap<string, string>
}

/** What group_vars/ and host_vars/ beside an inventory or a playbook hold. */
export interface VarsFolders {
  /** By group, then by variable. */
  readonly groups: ReadonlyMap<string, ReadonlyMap<string, Variable>>
  readonly hosts: ReadonlyMap<string, ReadonlyMap<string, Variable>>
}
