import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suggestOrList } from '../load/suggest.ts'
import { line } from '../report/shown.ts'
import { exitCodes } from './exit-code.ts'
import { asLines, printData, tell } from './output.ts'
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
    printData(asLines(...names))
    return exitCodes.done
  }
  if (!names.includes(name)) {
    tell(line`error: there is no schema "${name}": ${suggestOrList(name, names)}`)
    return exitCodes.usage
  }
  printData(asLines(...readFileSync(join(folder, `${name}${ending}`), 'utf8').split('\n')))
  return exitCodes.done
}
