// The language of expressions: CEL, and the functions that certwright adds to it.
import { isIP, isIPv6 } from 'node:net'
import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import { Duration } from '@marcbachmann/cel-js/evaluator'
import { RE2JS } from 're2js'
import { Secret } from '../model/secret.ts'

/** An error about a value, thrown from within an expression: by a variable's getter or one of the functions here. */
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

interface CelFunction {
  /** As CEL declares it. */
  readonly signature: string
  readonly handler: (...args: never[]) => unknown
}

/** What `matches` becomes within: see useLinearMatches. */
const linearMatches = 'matches_re2'

const seconds = (count: bigint, unit: number) => new Duration(count * BigInt(unit))

/** Documented in docs/expressions.md. */
export const celFunctions: readonly CelFunction[] = [
  { signature: 'days(int): google.protobuf.Duration', handler: (count: bigint) => seconds(count, 86_400) },
  { signature: 'hours(int): google.protobuf.Duration', handler: (count: bigint) => seconds(count, 3600) },
  { signature: 'minutes(int): google.protobuf.Duration', handler: (count: bigint) => seconds(count, 60) },
  { signature: 'is_ip(string): bool', handler: (text: string) => isIP(text) !== 0 },
  { signature: 'san(string): string', handler: formatSan },
  { signature: 'sans(list): list<string>', handler: (list: readonly unknown[]) => list.map(formatSan) },
  { signature: 'host_port(string, int): string', handler: formatHostPort },
  { signature: 'list.unique(): list', handler: (list: readonly unknown[]) => [...new Set(list)] },
  { signature: 'list.sort(): list', handler: (list: readonly unknown[]) => list.toSorted(compare) },
  { signature: 'list.flatten(): list', handler: (list: readonly unknown[]) => list.flat() },
]

/** `IP:` or `DNS:` in front, whichever the text is; a name that has its type already stays as it is. */
function formatSan(value: unknown): string {
  if (typeof value !== 'string') throw new VariableError('wrong-type', 'a name is text: write string(x)')
  if (/^(IP|DNS|URI|email):/.test(value)) return value
  return `${isIP(value) === 0 ? 'DNS' : 'IP'}:${value}`
}

function formatHostPort(host: string, port: bigint): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  return Number(a) - Number(b)
}

const limits = {
  maxAstNodes: 2000,
  maxDepth: 64,
  maxListElements: 500,
  maxMapEntries: 500,
  maxCallArguments: 32,
}
const options = { enableOptionalTypes: true, homogeneousAggregateLiterals: false, limits }

/** Any name may be a variable; what it holds shows when the expression is evaluated. */
export const openEnvironment = extend(new Environment({ ...options, unlistedVariablesAreDyn: true }))

/** CEL's grammar keeps them for itself (its language definition, "Syntax"). In an inventory they are names like any other. */
const reserved = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'
    .split(' ')
    .concat('__proto__', 'prototype'),
)

/** Only these variables, by CEL type: for checking an expression without values. */
export function closedEnvironment(variables: ReadonlyMap<string, string>): Environment {
  const environment = extend(new Environment({ ...options, unlistedVariablesAreDyn: false }))
  // The names of CEL's own types (`list`, `map`, …) are taken: a variable of that name cannot be asked for.
  for (const [name, type] of variables)
    if (!reserved.has(name) && !environment.hasVariable(name)) environment.registerVariable(name, type)
  return environment
}

function extend(environment: Environment): Environment {
  environment.registerType('secret', { ctor: Secret, fields: {} })
  environment.registerOperator('secret == dyn', () => {
    throw new VariableError('secret-in-expression', 'a secret cannot be compared')
  })
  for (const { signature, handler } of celFunctions) environment.registerFunction(signature, handler)
  return environment.registerFunction(`string.${linearMatches}(string): bool`, matchLinear)
}

/** CEL's `matches` is RE2 by its definition. The library would run it as JavaScript's, which a pattern can make hang. */
export function useLinearMatches(node: ASTNode): void {
  const args: unknown = node.args
  if (!Array.isArray(args)) return
  if (node.op === 'rcall' && args[0] === 'matches') args[0] = linearMatches
  for (const each of args.flat())
    if (typeof each === 'object' && each !== null && 'op' in each) useLinearMatches(each)
}

function matchLinear(text: string, pattern: string): boolean {
  try {
    return RE2JS.compile(pattern).matcher(text).find()
  } catch {
    throw new VariableError('invalid-expression', `"${pattern}" is no regular expression (RE2)`)
  }
}
