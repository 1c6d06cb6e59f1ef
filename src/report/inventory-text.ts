// An inventory → tables. Pure.
import type { Source } from '../model/source.ts'
import { alignColumns, escapeControls } from './style.ts'

interface ListedHost {
  readonly name: string
  readonly groups: readonly string[]
  readonly connection: string
}

export function formatHosts(hosts: readonly ListedHost[]): string {
  const rows = hosts.map(({ name, groups, connection }) => [name, connection, groups.join(', ')])
  return alignColumns([['HOST', 'CONNECTION', 'GROUPS'], ...rows]).join('\n')
}

interface Setting {
  readonly value: unknown
  readonly source?: Source
}

/** Every variable of a host, with its value and the line that set it. */
export function formatVariables(variables: readonly (Setting & { readonly name: string })[]): string {
  const rows = variables.map(({ name, value, source }) => [name, show(value), place(source)])
  return alignColumns([['VARIABLE', 'VALUE', 'SET AT'], ...rows]).join('\n')
}

/** What holds, and below it what it overrode, the strongest first. */
export function formatExplanation(name: string, [first, ...overridden]: readonly Setting[]): string {
  const lines = [`${name}: ${show(first?.value)}`, `  set at ${place(first?.source)}`]
  return [
    ...lines,
    ...overridden.map(({ value, source }) => `  overrides ${show(value)} at ${place(source)}`),
  ].join('\n')
}

function show(value: unknown): string {
  return escapeControls(JSON.stringify(value) ?? 'null')
}

function place(source: Source | undefined): string {
  return source ? `${source.file}:${source.line}:${source.col}` : 'no file'
}
