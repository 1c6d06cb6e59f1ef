import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suggestOrList } from '../load/suggest.ts'
import { exitCodes } from './exit-code.ts'
import { printData } from './output.ts'
import { findPackageRoot } from './package-root.ts'

const ending = '.schema.json'

/** Prints a JSON Schema, or without a name which there are. */
export function schema(name: string | undefined): number {
  const folder = join(findPackageRoot(), 'schemas')
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort()
  if (name === undefined) {
    printData(names.join('\n'))
    return exitCodes.done
  }
  if (!names.includes(name)) {
    process.stderr.write(`error: there is no schema "${name}": ${suggestOrList(name, names)}\n`)
    return exitCodes.usage
  }
  printData(readFileSync(join(folder, `${name}${ending}`), 'utf8'))
  return exitCodes.done
}
