import { VariableError } from './cel.ts'
import { fromCel } from './cel-values.ts'
import type { Complaints } from './complaints.ts'
import { connectionVariables } from './connection.ts'
import { pointer, type YamlDocument } from './document.ts'
import type { Scope } from './expression.ts'
import type { Variable } from './inventory-model.ts'
import type { RawVariable } from './policy.ts'
import { checkFragment } from './schema.ts'
import type { Variables } from './scope.ts'
import { suggestOrList } from './suggest.ts'

type Declarations = Readonly<Record<string, RawVariable>>

/** The variables that a policy declares; empty where it declares none. */
export function readDeclarations(policy: YamlDocument): Declarations {
  const { variables } = policy.value as { variables?: Declarations }
  return variables ?? {}
}

/** What holds for a variable that nobody sets. */
export function defaultsOf(policy: YamlDocument): Record<string, Variable> {
  const defaults = Object.entries(readDeclarations(policy)).flatMap(
    ([name, declaration]): [string, Variable][] => {
      if (!('default' in declaration)) return []
      return [
        [
          name,
          {
            value: declaration.default,
            from: { document: policy, pointer: pointer('variables', name, 'default') },
          },
        ],
      ]
    },
  )
  return Object.fromEntries(defaults)
}

/** Every declared variable has a value on the host, and it fits. False after a complaint. */
export async function checkVariables(
  policy: YamlDocument,
  host: string,
  scope: Scope,
  variables: Variables,
  complaints: Complaints,
): Promise<boolean> {
  let fits = true
  for (const [name, declaration] of Object.entries(readDeclarations(policy))) {
    const { description } = declaration
    const complaint = await checkVariable(name, host, scope, fragmentOf(declaration))
    if (!complaint) continue
    fits = false
    if (complaint.code === 'reported') continue
    const from = variables[name]?.from
    const hint = `${policy.file} wants it${description === undefined ? '' : `: ${description}`}`
    if (from) complaints.at(from.document, from.pointer, { ...complaint, hint })
    else
      complaints.at(policy, pointer('variables', name), { ...complaint, hint: complaint.hint ?? hint }, 'key')
  }
  return fits
}

const fragments = new WeakMap<RawVariable, object>()

/** The JSON Schema within a declaration: one object for all hosts, so that it is compiled once. */
function fragmentOf(declaration: RawVariable): object {
  const known = fragments.get(declaration)
  if (known) return known
  const { description: _description, default: _default, ...fragment } = declaration
  fragments.set(declaration, fragment)
  return fragment
}

async function checkVariable(name: string, host: string, scope: Scope, fragment: object) {
  if (!(name in scope)) {
    const hint = `set it in the inventory, in the play's vars, or with -e ${name}=…`
    return { code: 'missing-variable', message: `"${name}" has no value on ${host}`, hint }
  }
  try {
    const fault = await checkFragment(fragment, fromCel(scope[name]))
    return fault === undefined ? undefined : { code: 'wrong-type', message: `${name} ${fault}` }
  } catch (error) {
    // The variable's own expression failed, and has been told where it stands.
    if (!(error instanceof VariableError)) throw error
    return { code: error.code, message: `${name}: ${error.message}` }
  }
}

/** Variables that no policy of the playbook knows: a typo there would silently do nothing. */
export function reportUndeclared(
  variables: Variables,
  declared: ReadonlySet<string>,
  complaints: Complaints,
): void {
  const known = [...declared, ...connectionVariables]
  for (const [name, { from }] of Object.entries(variables)) {
    if (known.includes(name) || !from) continue
    const complaint = {
      code: 'unknown-variable',
      message: `no policy of this playbook declares "${name}"`,
      hint: suggestOrList(name, known),
    }
    complaints.at(from.document, from.pointer, complaint, 'key')
  }
}
