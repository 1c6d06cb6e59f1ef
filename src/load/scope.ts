// What expressions may name on one host of one play: variables in their order of precedence, evaluated when they are used.
import { dirname } from 'node:path'
import { systemFolder } from '../model/control.ts'
import { controlHost } from '../model/desired.ts'
import { VariableError } from './cel.ts'
import { toCel } from './cel-values.ts'
import type { Complaints } from './complaints.ts'
import type { Scope } from './expression.ts'
import type { Inventory, Variable } from './inventory-model.ts'
import { renderDeep } from './render.ts'

/** Where authorities' keys are kept on the control node. */
const dataVariable = 'certwright_data'

export type Variables = Readonly<Record<string, Variable>>

export interface ScopeInput {
  readonly inventory: Inventory
  readonly playbookPath: string
  /** Policy defaults: under everything. */
  readonly defaults: Variables
  /** vars_files, then vars, then -e: over the inventory. */
  readonly overrides: Variables
  /** certwright's own folder for keys on the control node, where nothing says otherwise. */
  readonly dataFolder?: string
  readonly complaints: Complaints
}

/** One scope for each host; `hostvars` of one reaches the others. */
export function makeScopes(input: ScopeInput): (host: string) => Scope {
  const scopes = new Map<string, Scope>()
  const hostvars: Record<string, unknown> = Object.create(null)
  const scopeOf = (host: string): Scope => {
    const known = scopes.get(host)
    if (known) return known
    const scope = makeScope(host, hostvars, input)
    scopes.set(host, scope)
    if (!(dataVariable in scope))
      Object.defineProperty(scope, dataVariable, { enumerable: true, get: () => findDataFolder(host) })
    return scope
  }
  // One folder for all hosts: what the inventory says of the control node holds for what is kept there.
  const findDataFolder = (host: string): unknown => {
    if (host !== controlHost) return scopeOf(controlHost)[dataVariable]
    const { certwright_root: root, ansible_connection: connection } = scopeOf(controlHost)
    const isElsewhere = root !== undefined || (connection !== undefined && connection !== 'local')
    return isElsewhere ? systemFolder : (input.dataFolder ?? systemFolder)
  }
  for (const host of input.inventory.hosts.keys())
    Object.defineProperty(hostvars, host, { enumerable: true, get: () => scopeOf(host) })
  return scopeOf
}

function makeScope(host: string, hostvars: object, input: ScopeInput): Scope {
  const { inventory, playbookPath, defaults, overrides } = input
  const own = inventory.hosts.get(host)
  const variables: Variables = { ...defaults, ...own?.vars, ...overrides }
  const scope: Record<string, unknown> = Object.create(null)
  const evaluating: string[] = []
  for (const [name, variable] of Object.entries(variables)) {
    let cached: { value: unknown } | undefined
    const get = () => {
      cached ??= {
        value: toCel(resolveVariable(name, variable, { scope, evaluating, complaints: input.complaints })),
      }
      return cached.value
    }
    Object.defineProperty(scope, name, { enumerable: true, configurable: true, get })
  }
  const magic = {
    inventory_hostname: host,
    group_names: own?.groups ?? [],
    groups: Object.fromEntries(inventory.groups),
    hostvars,
    playbook_dir: dirname(playbookPath),
    ...(own?.file === undefined ? {} : { inventory_dir: dirname(own.file) }),
  }
  for (const [name, value] of Object.entries(magic))
    Object.defineProperty(scope, name, { enumerable: true, configurable: true, value })
  if (!('ansible_host' in scope))
    Object.defineProperty(scope, 'ansible_host', { enumerable: true, value: host })
  return scope
}

interface Resolving {
  readonly scope: Scope
  /** Names being evaluated, outermost first. */
  readonly evaluating: string[]
  readonly complaints: Complaints
}

function resolveVariable(name: string, { value, from }: Variable, resolving: Resolving): unknown {
  const { scope, evaluating, complaints } = resolving
  if (evaluating.includes(name)) {
    const chain = [...evaluating.slice(evaluating.indexOf(name)), name].join(' → ')
    if (from)
      complaints.at(from.document, from.pointer, {
        code: 'variable-cycle',
        message: `variables need each other: ${chain}`,
      })
    throw new VariableError('reported', `${name} needs itself`)
  }
  evaluating.push(name)
  try {
    const rendered = renderDeep(value, from?.pointer ?? '', {
      scope,
      complaints,
      ...(from ? { document: from.document } : {}),
    })
    if (rendered.failed) throw new VariableError('reported', `${name} has no value`)
    return rendered.value
  } finally {
    evaluating.pop()
  }
}
