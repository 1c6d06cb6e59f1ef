// {{ CEL }}: one expression language, without I/O, for every value and condition that a user writes.
import { Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js'
import { Duration } from '@marcbachmann/cel-js/evaluator'

/** What an expression may name; getters make it lazy. Integers are bigint inside. */
export type Scope = Readonly<Record<string, unknown>>

export type Evaluation =
  | { readonly kind: 'value'; readonly value: unknown }
  | {
      readonly kind: 'error'
      readonly code: string
      readonly message: string
      readonly hint?: string
      /** Offset into the expression. */
      readonly offset: number
    }

const maximumLength = 4096
const secondsPerUnit = { days: 86_400, hours: 3600, minutes: 60 }

const environment = createEnvironment()

function createEnvironment(): Environment {
  const env = new Environment({
    unlistedVariablesAreDyn: true,
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: {
      maxAstNodes: 2000,
      maxDepth: 64,
      maxListElements: 500,
      maxMapEntries: 500,
      maxCallArguments: 32,
    },
  })
  for (const [name, seconds] of Object.entries(secondsPerUnit))
    env.registerFunction(
      `${name}(int): google.protobuf.Duration`,
      (count: bigint) => new Duration(count * BigInt(seconds)),
    )
  return env
}

/** A span of time as CEL knows it, for constraints. */
export function celDuration(seconds: number): unknown {
  return Duration.fromMilliseconds(seconds * 1000)
}

export function evaluate(expression: string, scope: Scope): Evaluation {
  if (expression.length > maximumLength)
    return { kind: 'error', code: 'expression-too-long', message: 'the expression is too long', offset: 0 }
  try {
    return { kind: 'value', value: fromCel(environment.evaluate(expression, scope)) }
  } catch (error) {
    return describeError(error, expression)
  }
}

/** An error that a scope's getter throws; it is about the variable's own value, and told there. */
export class VariableError extends Error {
  override readonly name = 'VariableError'
  readonly code: string
  readonly hint: string | undefined
  constructor(code: string, message: string, hint?: string) {
    super(message)
    this.code = code
    this.hint = hint
  }
}

function describeError(error: unknown, expression: string): Evaluation {
  if (error instanceof VariableError)
    return {
      kind: 'error',
      code: error.code,
      message: error.message,
      offset: 0,
      ...(error.hint ? { hint: error.hint } : {}),
    }
  if (error instanceof Error && error.cause instanceof VariableError)
    return describeError(error.cause, expression)
  if (!(error instanceof ParseError || error instanceof EvaluationError || error instanceof TypeError))
    throw error
  const offset = 'range' in error ? (error.range?.start ?? 0) : 0
  const message = error.message.split('\n', 1)[0] ?? ''
  const jinja = jinjaHint(expression)
  if (jinja)
    return {
      kind: 'error',
      code: 'jinja',
      message: `this is Jinja, not CEL: ${message}`,
      hint: jinja,
      offset,
    }
  const unknown = /^Unknown variable: (\w+)/.exec(message)?.[1]
  if (unknown !== undefined)
    return {
      kind: 'error',
      code: 'unknown-variable',
      message: `there is no variable "${unknown}"`,
      hint: unknown,
      offset,
    }
  return { kind: 'error', code: 'invalid-expression', message, offset }
}

/** What an Ansible user would write, and how CEL says it. */
function jinjaHint(expression: string): string | undefined {
  const filters: Record<string, string> = {
    default: "write has(x.y) ? x.y : 'other', or x.?y.orValue('other')",
    d: "write x.?y.orValue('other')",
    join: "write list.join(',')",
    int: 'write int(x)',
    string: 'write string(x)',
    length: 'write size(x)',
    map: 'write list.map(x, …)',
    select: 'write list.filter(x, …)',
    lower: 'write it in lower case',
  }
  const filter = /[^|]\|\s*([a-z_]+)/.exec(expression)?.[1]
  if (filter !== undefined)
    return filters[filter] ?? 'CEL has no filters; functions are written f(x) or x.f()'
  if (/\blookup\s*\(/.test(expression)) return 'there are no lookups: pass the value with -e or vars_files'
  return / (and|or|not) /.test(` ${expression} `) ? 'write && for and, || for or, ! for not' : undefined
}

/** Plain data into CEL's: whole numbers are bigint there, others double. */
export function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (Array.isArray(value)) return value.map(toCel)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toCel(each)]))
}

function fromCel(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(fromCel)
  if (value instanceof Map) return fromCel(Object.fromEntries(value))
  if (typeof value !== 'object' || value === null || value instanceof Duration) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fromCel(each)]))
}
