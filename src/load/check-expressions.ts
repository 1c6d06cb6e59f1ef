// Every expression of a policy and of a play's variables is checked once, by the types of the variables that there are:
// also where no host would ever evaluate it, behind a `when` that is false or in a branch that is not taken.
import type { Complaints } from './complaints.ts'
import { readDeclarations } from './declared.ts'
import { pointer as toPointer, type YamlDocument } from './document.ts'
import { type CheckExpression, type Fault, makeChecker } from './expression.ts'
import type { RawVariable } from './policy.ts'
import { complainAbout } from './render.ts'
import { findExpressions, isTemplate } from './template.ts'

interface Checked {
  readonly policy: YamlDocument
  /** Names of the variables that any host of the play has. */
  readonly names: Iterable<string>
  /** Values with expressions outside of the policy, and where they are written. */
  readonly values: readonly {
    readonly value: unknown
    readonly document: YamlDocument
    readonly pointer: string
  }[]
  readonly complaints: Complaints
}

export function checkExpressions({ policy, names, values, complaints }: Checked): void {
  const types = typesOf(policy, names)
  const scope = Object.fromEntries([...types.keys()].map((name) => [name, undefined]))
  const check = makeChecker(types)
  const checkRule = makeChecker(new Map([['certificate', 'dyn']]))
  const tell = (
    document: YamlDocument,
    at: string,
    text: string,
    offset: number,
    fault: Fault | undefined,
  ) => {
    if (fault) complainAbout(fault, text, offset + fault.offset, at, { document, complaints, scope })
  }
  const checkCondition = (text: string, at: string, using: CheckExpression) => {
    const bare = (/^\s*\{\{([\s\S]*)\}\}\s*$/.exec(text)?.[1] ?? text).trim()
    tell(policy, at, text, text.indexOf(bare), using(bare, 'bool'))
  }
  const visit = (value: unknown, at: string, document: YamlDocument): void => {
    if (typeof value === 'string')
      for (const { expression, offset } of embedded(value))
        tell(document, at, value, offset, check(expression))
    if (typeof value !== 'object' || value === null) return
    for (const [key, item] of Object.entries(value)) {
      const below = at + toPointer(key)
      if (document !== policy || (key !== 'when' && key !== 'rule')) visit(item, below, document)
      else if (typeof item === 'string') checkCondition(item, below, key === 'rule' ? checkRule : check)
    }
  }
  const { variables, description: _description, ...rest } = policy.value as Record<string, unknown>
  visit(rest, '', policy)
  for (const [name, declaration] of Object.entries((variables ?? {}) as Record<string, RawVariable>))
    visit(declaration.default, toPointer('variables', name, 'default'), policy)
  for (const { value, document, pointer } of values) visit(value, pointer, document)
}

function embedded(text: string) {
  const found = isTemplate(text) ? findExpressions(text) : []
  // A text that is wrong as a whole is told when it is expanded.
  return 'kind' in found ? [] : found
}

const celTypes: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'int',
  boolean: 'bool',
  array: 'list',
  object: 'map',
}

function typesOf(policy: YamlDocument, names: Iterable<string>): Map<string, string> {
  const types = new Map([...names].map((name) => [name, 'dyn']))
  for (const [name, { type }] of Object.entries(readDeclarations(policy)))
    types.set(name, celTypes[String(type)] ?? 'dyn')
  for (const [name, type] of Object.entries(magic)) types.set(name, type)
  return new Map([...types].filter(([name]) => /^[A-Za-z_]\w*$/.test(name)))
}

const magic = {
  inventory_hostname: 'string',
  inventory_dir: 'string',
  playbook_dir: 'string',
  ansible_host: 'dyn',
  certwright_data: 'dyn',
  group_names: 'list<string>',
  groups: 'map<string, list<string>>',
  hostvars: 'map<string, map>',
}
