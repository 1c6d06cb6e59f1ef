import { Secret } from '../model/secret.ts'
import { evaluate, type Fault, type Scope } from './expression.ts'

/** Called for every expression that fails, with where it stands in the text. */
export type OnError = (error: Fault, offset: number) => void

const pattern = /\{\{([\s\S]*?)\}\}/g

export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%')
}

/** An expression within a text, and where it starts there. */
export interface Embedded {
  readonly expression: string
  readonly offset: number
}

/** The expressions of a text, or what is wrong with it as a whole. */
export function findExpressions(text: string): readonly Embedded[] | Fault {
  const fault = { kind: 'error' } as const
  const statement = text.indexOf('{%')
  if (statement >= 0) {
    const hint = 'use "when:", or a CEL condition: {{ a ? b : c }}'
    return { ...fault, code: 'jinja', message: 'Jinja statements are not taken', hint, offset: statement }
  }
  const parts = [...text.matchAll(pattern)]
  if (parts.length === 0)
    return {
      ...fault,
      code: 'invalid-expression',
      message: 'a {{ is never closed',
      offset: text.indexOf('{{'),
    }
  return parts.map(({ 1: inner = '', index }) => {
    const lead = inner.length - inner.trimStart().length
    return { expression: inner.trim(), offset: index + 2 + lead }
  })
}

/**
 * A text with its {{ expressions }} replaced by their values. A text that is one expression keeps the value's type;
 * within a longer text, values are written out. Undefined when an expression fails.
 */
export function renderTemplate(text: string, scope: Scope, onError: OnError): unknown {
  const found = findExpressions(text)
  if ('kind' in found) {
    onError(found, found.offset)
    return undefined
  }
  const values = found.map(({ expression, offset }) => {
    const result = evaluate(expression, scope)
    if (result.kind === 'value') return result.value
    onError(result, offset + result.offset)
    return undefined
  })
  if (values.includes(undefined)) return undefined
  if (text.match(pattern)?.[0] === text.trim()) return values[0]
  const secret = values.findIndex((value) => value instanceof Secret)
  if (secret >= 0) {
    const message = 'a secret can only be handed on as a whole, not within a text'
    const offset = found[secret]?.offset ?? 0
    onError({ kind: 'error', code: 'secret-in-expression', message, offset: 0 }, offset)
    return undefined
  }
  let index = 0
  return text.replace(pattern, () => writeOut(values[index++]))
}

function writeOut(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
