// An inventory → tables. Pure.
import type { Source } from '../model/source.ts'
import { formatJson } from '../model/visible.ts'
import { report, type Shown } from './shown.ts'
import { alignColumns } from './style.ts'

interface ListedHost {
  readonly name: string
  readonly groups: readonly string[]
  readonly connection: string
}

export const formatHosts = report((hosts: readonly ListedHost[]) => {
  const rows = hosts.map(({ name, groups, connection }) => [name, connection, groups.join(', ')])
  return alignColumns([['HOST', 'CONNECTION', 'GROUPS'], ...rows]).join('\n')
})

interface Setting {
  readonly value: unknown
  readonly source?: Source
}

type Named = Setting & { readonly name: string }

/** Every variable of a host, with its value and the line that set it. */
export function formatVariables(variables: readonly Named[]): Shown {
  return tabulate(variables.map(asJson))
}

const tabulate = report((variables: readonly Named[]) => {
  const rows = variables.map(({ name, value, source }) => [name, String(value), place(source)])
  return alignColumns([['VARIABLE', 'VALUE', 'SET AT'], ...rows]).join('\n')
})

/** What holds, and below it what it overrode, the strongest first. */
export function formatExplanation(name: string, settings: readonly Setting[]): Shown {
  return explain(name, settings.map(asJson))
}

const explain = report((name: string, [first, ...overridden]: readonly Setting[]) => {
  const lines = [`${name}: ${first?.value}`, `  set at ${place(first?.source)}`]
  return [
    ...lines,
    ...overridden.map(({ value, source }) => `  overrides ${value} at ${place(source)}`),
  ].join('\n')
})

/** Before it is made visible, which would add backslashes of its own to the text of the value. */
function asJson<T extends Setting>(setting: T): T {
  return { ...setting, value: formatJson(setting.value) }
}

function place(source: Source | undefined): string {
  return source ? `${source.file}:${source.line}:${source.col}` : 'no file'
}
