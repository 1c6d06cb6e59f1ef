import { dirname, resolve } from 'node:path'
import { controlHost, type HostTarget } from '../model/desired.ts'
import type { Complaint, Complaints } from './complaints.ts'
import type { InventoryHost, Variable } from './inventory-model.ts'
import { suggest } from './suggest.ts'

/** How to reach a host, from its connection variables. Undefined after a complaint. */
export function readTarget(
  { name, vars }: InventoryHost,
  become: boolean,
  complaints: Complaints,
): HostTarget | undefined {
  const root = vars.certwright_root
  const connection = vars.ansible_connection
  reportMistyped(vars, complaints)
  if (!isLocal(name, connection)) {
    complainAbout(complaints, connection, {
      code: 'connection-unsupported',
      message: `${name}: only "ansible_connection: local" works, not ${JSON.stringify(connection?.value ?? 'ssh')}`,
      hint: 'set ansible_connection: local for the machine that certwright runs on',
    })
    return undefined
  }
  const target = { name, connection: 'local', become } as const
  if (!root) return target
  if (typeof root.value !== 'string' || root.value === '' || root.value.includes('\0')) {
    complainAbout(complaints, root, {
      code: 'invalid-path',
      message: 'certwright_root must be the path of a folder',
    })
    return undefined
  }
  const base = root.from ? dirname(root.from.document.path) : '.'
  return { ...target, root: resolve(base, root.value) }
}

/** The control node is this machine, whether an inventory speaks of it or not. */
export function controlTarget(host: InventoryHost | undefined, complaints: Complaints): HostTarget {
  const local = { name: controlHost, connection: 'local', become: false } as const
  if (!host) return local
  return readTarget(host, false, complaints) ?? local
}

function isLocal(name: string, connection: Variable | undefined): boolean {
  if (connection) return connection.value === 'local'
  return ['localhost', '127.0.0.1', '::1', controlHost].includes(name)
}

const ours = ['certwright_root']

/** certwright's own variables are few: another one with its prefix is a mistake. */
function reportMistyped(vars: InventoryHost['vars'], complaints: Complaints): void {
  for (const [name, { from }] of Object.entries(vars)) {
    if (!name.startsWith('certwright_') || ours.includes(name) || !from) continue
    const hint = suggest(name, ours) ?? `there is ${ours.join(', ')}`
    const complaint = { code: 'unknown-variable', message: `there is no variable "${name}"`, hint }
    complaints.at(from.document, from.pointer, complaint, 'key')
  }
}

function complainAbout(complaints: Complaints, variable: Variable | undefined, complaint: Complaint): void {
  const { from } = variable ?? {}
  if (from) complaints.at(from.document, from.pointer, complaint)
  else complaints.about(undefined, complaint)
}
