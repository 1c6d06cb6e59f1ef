// {{ CEL }}: one expression language, without I/O, for every value and condition that a user writes.
import { EvaluationError, ParseError, TypeError as TypeFault } from '@marcbachmann/cel-js'
import { Duration } from '@marcbachmann/cel-js/evaluator'
import { closedEnvironment, openEnvironment, useLinearMatches, VariableError } from './cel.ts'
import { fromCel } from './cel-values.ts'
import { jinjaHint } from './jinja.ts'

/** What an expression may name; getters make it lazy. Integers are bigint inside. */
export type Scope = Readonly<Record<string, unknown>>

export type Evaluation = { readonly kind: 'value'; readonly value: unknown } | Fault

/** What is wrong with an expression. */
export interface Fault {
  readonly kind: 'error'
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** The name or key that does not exist. */
  readonly missing?: string
  /** Offset into the expression. */
  readonly offset: number
}

const maximumLength = 4096

/** A span of time as CEL knows it, for constraints. */
export function celDuration(seconds: number): unknown {
  return Duration.fromMilliseconds(seconds * 1000)
}

type Compiled = ReturnType<typeof openEnvironment.parse>
const compiled = new Map<string, Compiled>()

export function evaluate(expression: string, scope: Scope): Evaluation {
  if (expression.length > maximumLength)
    return { kind: 'error', code: 'expression-too-long', message: 'the expression is too long', offset: 0 }
  try {
    return { kind: 'value', value: fromCel(compile(expression)(scope)) }
  } catch (error) {
    return describeError(error, expression)
  }
}

/** The same expression is asked on every host: it is read once. */
function compile(expression: string): Compiled {
  const known = compiled.get(expression)
  if (known) return known
  const fresh = openEnvironment.parse(expression)
  useLinearMatches(fresh.ast)
  compiled.set(expression, fresh)
  return fresh
}

/** Checks expressions against the types of the variables there are, without any value. */
export type CheckExpression = (expression: string, wanted?: 'bool') => Fault | undefined

export function makeChecker(variables: ReadonlyMap<string, string>): CheckExpression {
  const environment = closedEnvironment(variables)
  return (expression, wanted) => {
    if (expression.length > maximumLength) return undefined
    const { valid, type, error } = environment.check(expression)
    if (!valid) return describeError(error, expression)
    if (wanted === undefined || type === wanted || type === 'dyn') return undefined
    return { kind: 'error', code: 'wrong-type', message: `this must be true or false, is ${type}`, offset: 0 }
  }
}

function describeError(error: unknown, expression: string): Fault {
  const cause = error instanceof Error && error.cause instanceof VariableError ? error.cause : error
  if (cause instanceof VariableError) {
    const { code, message, hint } = cause
    return { kind: 'error', code, message, offset: 0, ...(hint === undefined ? {} : { hint }) }
  }
  if (!(error instanceof ParseError || error instanceof EvaluationError || error instanceof TypeFault))
    throw error
  const offset = error.range?.start ?? 0
  const message = error.message.split('\n', 1)[0] ?? ''
  const fault = { kind: 'error', message, offset } as const
  const hint = jinjaHint(expression)
  if (hint !== undefined)
    return { ...fault, code: 'jinja', message: `this is Jinja, not CEL: ${message}`, hint }
  const reserved = /^Reserved identifier: (\w+)|^Unexpected token: (IN)$/
    .exec(message)
    ?.slice(1)
    .find(Boolean)
  if (reserved !== undefined) return { ...fault, ...reservedWord(reserved.toLowerCase()) }
  const unknown = /^Unknown variable: (\w+)/.exec(message)?.[1]
  if (unknown !== undefined)
    return {
      ...fault,
      code: 'unknown-variable',
      message: `there is no variable "${unknown}"`,
      missing: unknown,
    }
  const key = /^No such key: (.+)/.exec(message)?.[1]
  if (key !== undefined)
    return { ...fault, code: 'no-such-key', message: `there is no "${key}" in it`, missing: key }
  if (/\bsecret\b/.test(message))
    return { ...fault, code: 'secret-in-expression', message: 'a secret can only be handed on as a whole' }
  return { ...fault, code: 'invalid-expression' }
}

function reservedWord(word: string): Pick<Fault, 'code' | 'message' | 'hint'> {
  return {
    code: 'reserved-word',
    message: `"${word}" is a word that CEL keeps for itself`,
    hint: `ask for the variable as hostvars[inventory_hostname]["${word}"], or give it another name`,
  }
}
