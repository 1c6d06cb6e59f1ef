import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How code says a code: `code: '…'`, on its own or as a choice of two, or as the first word of what makes one. */
const spellings = [
  /\bcode: '([a-z0-9-]+)'/g,
  /\bcode: [^,\n]*\? '([a-z0-9-]+)'/g,
  /\bcode: [^,\n]* : '([a-z0-9-]+)'/g,
  /\b(?:complaint|fault|fail|VariableError)\(\s*(?:walk, \w+, )?'([a-z0-9]+(?:-[a-z0-9]+)*)'\s*,/g,
  /\bproblem: '([a-z0-9-]+)'/g,
]

/** Of a variable whose name could not be had, because of something that has been told already. */
const untold = new Set(['reported'])

/** `FILE CODE` for the codes of problems and diagnostics that the source can come out with. */
export function findCodes(...folders: readonly string[]): string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))),
  )
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(file, 'utf8')
      const codes = spellings.flatMap((spelling) => [...text.matchAll(spelling)].map(([, code = '']) => code))
      return codes.filter((code) => !untold.has(code)).map((code) => `${file} ${code}`)
    })
}
