// What expressions may name on one host of one play: variables in their order of precedence, evaluated when they are used.
import { dirname } from 'node:path'
import type { Complaints } from './complaints.ts'
import { pointer as toPointer, type YamlDocument } from './document.ts'
import { type Scope, toCel, VariableError } from './expression.ts'
import type { Inventory, Variable } from './inventory-model.ts'
import { suggestOrList } from './suggest.ts'
import { isTemplate, renderTemplate } from './template.ts'

export type Variables = Readonly<Record<string, Variable>>

export interface ScopeInput {
  readonly inventory: Inventory
  readonly playbookPath: string
  /** Policy defaults: under everything. */
  readonly defaults: Variables
  /** vars_files, then vars, then -e: over the inventory. */
  readonly overrides: Variables
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
    return scope
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

export interface RenderContext {
  readonly scope: Scope
  readonly document?: YamlDocument
  readonly complaints: Complaints
  /** Keys whose text is no template. */
  readonly verbatim?: ReadonlySet<string>
}

/** Every {{ expression }} within a value replaced; `failed` when one could not be. */
export function renderDeep(
  value: unknown,
  pointer: string,
  context: RenderContext,
): { value: unknown; failed: boolean } {
  let failed = false
  const visit = (each: unknown, at: string): unknown => {
    if (typeof each === 'string') {
      if (!isTemplate(each)) return each
      const rendered = renderTemplate(each, context.scope, (error, offset) => {
        failed = true
        complainAbout(error, each, offset, at, context)
      })
      return rendered
    }
    if (Array.isArray(each)) return each.map((item, index) => visit(item, at + toPointer(index)))
    if (typeof each !== 'object' || each === null) return each
    const map: Record<string, unknown> = Object.create(null)
    for (const [key, item] of Object.entries(each))
      map[key] = context.verbatim?.has(key) ? item : visit(item, at + toPointer(key))
    return map
  }
  return { value: visit(value, pointer), failed }
}

/** An expression's error, at the very character where the file allows to find it. */
export function complainAbout(
  error: { readonly code: string; readonly message: string; readonly hint?: string },
  text: string,
  offset: number,
  pointer: string,
  { document, complaints, scope }: RenderContext,
): void {
  if (error.code === 'reported') return
  const hint =
    error.code === 'unknown-variable' ? suggestOrList(error.hint ?? '', Object.keys(scope)) : error.hint
  const complaint = { code: error.code, message: error.message, ...(hint === undefined ? {} : { hint }) }
  if (!document) {
    complaints.about(undefined, complaint)
    return
  }
  const place = document.places.get(pointer)
  const found = place ? document.text.slice(place.value, place.end).indexOf(text) : -1
  if (place && found >= 0) complaints.offset(document, place.value + found + offset, complaint)
  else complaints.at(document, pointer, complaint)
}
