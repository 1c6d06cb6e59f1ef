// A policy for one host: what its `when` leaves out is gone, and every expression is replaced by its value.
import { Secret } from '../model/secret.ts'
import type { Complaints } from './complaints.ts'
import { pointer as toPointer, type YamlDocument } from './document.ts'
import { evaluate, type Scope } from './expression.ts'
import type { RawPolicy } from './policy.ts'
import { complainAbout, type RenderContext, renderDeep } from './render.ts'
import { validateDocument } from './schema.ts'

/** Text that is no template: conditions are CEL as they stand, and prose is prose. */
const verbatim = new Set(['when', 'rule', 'message', 'description', 'variables'])

/** Fields that say where a secret is. */
const secretKeys = new Set(['passphrase'])

/** Undefined after a complaint. */
export async function expandPolicy(
  document: YamlDocument,
  scope: Scope,
  complaints: Complaints,
): Promise<RawPolicy | undefined> {
  const context: RenderContext = { scope, document, complaints, verbatim, secretKeys }
  const chosen = dropUnwanted(document.value, '', context)
  if (chosen === unwanted) return undefined
  const rendered = renderDeep(chosen, '', context)
  if (rendered.failed) return undefined
  if (!(await validateDocument('policy', document, complaints, rendered.value))) return undefined
  return rendered.value as RawPolicy
}

const unwanted = Symbol('unwanted')

/** Without everything whose `when` is false; lists keep their places, so that pointers still name the same things. */
function dropUnwanted(value: unknown, at: string, context: RenderContext): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item, index) => dropUnwanted(item, at + toPointer(index), context))
    return items.some((item) => item === unwanted) ? items.filter((item) => item !== unwanted) : items
  }
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value
  if ('when' in value && !holds(value.when, at + toPointer('when'), context)) return unwanted
  const map: Record<string, unknown> = Object.create(null)
  for (const [key, item] of Object.entries(value)) {
    const kept = key === 'variables' ? item : dropUnwanted(item, at + toPointer(key), context)
    if (kept !== unwanted) map[key] = kept
  }
  return map
}

function holds(condition: unknown, at: string, context: RenderContext): boolean {
  if (typeof condition === 'boolean') return condition
  const text = String(condition)
  const bare = /^\s*\{\{([\s\S]*)\}\}\s*$/.exec(text)?.[1] ?? text
  const result = evaluate(bare.trim(), context.scope)
  if (result.kind === 'error') {
    complainAbout(result, text, text.indexOf(bare.trim()) + result.offset, at, context)
    return false
  }
  if (typeof result.value === 'boolean') return result.value
  const message = `"when" must be true or false, is ${JSON.stringify(result.value)}`
  complainAbout({ code: 'wrong-type', message }, text, 0, at, context)
  return false
}
