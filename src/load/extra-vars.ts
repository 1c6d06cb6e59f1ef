import { basename, resolve } from 'node:path'
import { parseArgsStringToArgv } from 'string-argv'
import type { Complaints } from './complaints.ts'
import { pointer, type YamlDocument } from './document.ts'
import type { Variable } from './inventory-model.ts'
import { parseYaml } from './yaml.ts'

/** `-e`: `key=value` (the value read as YAML; several with spaces between them), a JSON map, or `@file`. Later ones win. */
export async function readExtraVars(
  given: readonly string[],
  readDocument: (path: string, pointedAtBy?: string) => Promise<YamlDocument | undefined>,
  cwd: string,
  complaints: Complaints,
): Promise<Record<string, Variable>> {
  const vars: Record<string, Variable> = Object.create(null)
  for (const each of given) {
    const documents = each.startsWith('@')
      ? [await readDocument(resolve(cwd, each.slice(1)), each)]
      : parseArgument(each, complaints)
    for (const document of documents)
      for (const [name, variable] of variablesOf(document, complaints)) vars[name] = variable
  }
  return vars
}

/** The argument as a document of its own, so that a mistake in it has a place like any other. */
function parseArgument(argument: string, complaints: Complaints): (YamlDocument | undefined)[] {
  if (argument.trimStart().startsWith('{')) return [parseYaml(names, Buffer.from(argument), complaints)]
  // A value that is written for YAML may have spaces of its own.
  if (/^\w+=(\[.*\]|\{.*\}|!secret .*)$/s.test(argument))
    return [parseAssignment(argument, argument, complaints)]
  const words = parseArgsStringToArgv(argument)
  return (words.length > 0 ? words : ['']).map((word) => parseAssignment(word, argument, complaints))
}

const names = { file: '-e', path: '-e', dialect: 'ansible' } as const

function parseAssignment(word: string, argument: string, complaints: Complaints): YamlDocument | undefined {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(word) ?? []
  if (name === undefined || value === undefined) {
    complaints.offset({ file: '-e', text: argument }, Math.max(0, argument.indexOf(word)), {
      code: 'invalid-extra-vars',
      message: `"${word}" sets no variable`,
      hint: `write name=value, name='a value with spaces', {"name": "value"} or @file.yml`,
    })
    return undefined
  }
  return parseYaml(
    names,
    Buffer.from(`${name}: ${needsQuotes(value) ? JSON.stringify(value) : value}`),
    complaints,
  )
}

/** A value on the command line is text but where it is plainly a number, a boolean, a list or a map. */
function needsQuotes(value: string): boolean {
  return !/^(true|false|-?(0|[1-9]\d*)|\[.*\]|\{[^{].*\}|!secret .*)$/s.test(value)
}

/** The variables of a document that is a map of them. */
export function variablesOf(
  document: YamlDocument | undefined,
  complaints: Complaints,
): [string, Variable][] {
  if (!document) return []
  const { value } = document
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = `${basename(document.file)} must hold a map of variables`
    complaints.at(document, '', { code: 'wrong-type', message })
    return []
  }
  return Object.entries(value).map(([name, each]) => [
    name,
    { value: each, from: { document, pointer: pointer(name) } },
  ])
}
