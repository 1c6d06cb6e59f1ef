import { type Evaluation, evaluate, type Scope } from './expression.ts'

/** Called for every expression that fails, with where it stands in the text. */
export type OnError = (error: Extract<Evaluation, { kind: 'error' }>, offset: number) => void

const pattern = /\{\{([\s\S]*?)\}\}/g

export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%')
}

/**
 * A text with its {{ expressions }} replaced by their values. A text that is one expression keeps the value's type;
 * within a longer text, values are written out. Undefined when an expression fails.
 */
export function renderTemplate(text: string, scope: Scope, onError: OnError): unknown {
  const statement = text.indexOf('{%')
  if (statement >= 0) {
    const message = 'Jinja statements are not taken'
    onError(
      {
        kind: 'error',
        code: 'jinja',
        message,
        hint: 'use "when:", or a CEL condition: {{ a ? b : c }}',
        offset: 0,
      },
      statement,
    )
    return undefined
  }
  const parts = [...text.matchAll(pattern)]
  if (parts.length === 0) {
    onError(
      { kind: 'error', code: 'invalid-expression', message: 'a {{ is never closed', offset: 0 },
      text.indexOf('{{'),
    )
    return undefined
  }
  const values = parts.map((part) => {
    const [, inner = ''] = part
    const lead = inner.length - inner.trimStart().length
    const result = evaluate(inner.trim(), scope)
    if (result.kind === 'value') return result.value
    onError(result, part.index + 2 + lead + result.offset)
    return undefined
  })
  if (values.includes(undefined)) return undefined
  const [only] = parts
  if (parts.length === 1 && only && text.trim() === only[0]) return values[0]
  let index = 0
  return text.replace(pattern, () => writeOut(values[index++]))
}

function writeOut(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
