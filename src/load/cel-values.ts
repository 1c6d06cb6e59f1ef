// Plain data ⇄ CEL's values.
import { Duration } from '@marcbachmann/cel-js/evaluator'
import { Secret } from '../model/secret.ts'
import { VariableError } from './cel.ts'
import { findUnfit } from './characters.ts'

/** As many as a document may have. */
const maximumValues = 200_000
const maximumDepth = 64

/** Whole numbers are bigint there, others double. */
export function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (Array.isArray(value)) return value.map(toCel)
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toCel(each)]))
}

/**
 * What an expression came out as. Throws a VariableError for what is no value for a file: text that nothing can hold, and
 * `hostvars` as a whole, which has every host's `hostvars` within it, without end.
 */
export function fromCel(result: unknown): unknown {
  let values = 0
  const visit = (value: unknown, depth: number): unknown => {
    values += 1
    if (depth > maximumDepth || values > maximumValues)
      throw new VariableError('too-large', 'this has too many values within it', 'ask for one of them')
    if (typeof value === 'string') return requireText(value)
    if (typeof value === 'bigint') return Number(value)
    if (Array.isArray(value)) return value.map((each) => visit(each, depth + 1))
    if (value instanceof Map) return visit(Object.fromEntries(value), depth)
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Duration || value instanceof Secret) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, visit(each, depth + 1)]))
  }
  return visit(result, 0)
}

/** CEL spells them as escapes, as YAML does. */
function requireText(text: string): string {
  const unfit = findUnfit(text)
  if (unfit !== undefined) throw new VariableError('invalid-character', `the text holds ${unfit}`)
  return text
}
