// JSON that a program printed → a document. It may be large, and has no places that anyone could go to.
import { findUnfit } from './characters.ts'
import type { Complaints } from './complaints.ts'
import type { YamlDocument } from './document.ts'

const maximumDepth = 64

/** Undefined after a complaint. */
export function parseJson(
  names: { readonly file: string; readonly path: string },
  bytes: Uint8Array,
  complaints: Complaints,
): YamlDocument | undefined {
  const text = Buffer.from(bytes).toString('utf8')
  try {
    const value = rebuild(JSON.parse(text), 0)
    return { ...names, text, value, places: new Map(), isSecret: false }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error
    const message = `${names.file} is no JSON that can be read: ${error.message.slice(0, 120)}`
    complaints.about(names.file, { code: 'invalid-json', message })
    return undefined
  }
}

/** With objects that inherit nothing. */
function rebuild(value: unknown, depth: number): unknown {
  if (depth > maximumDepth) throw new RangeError('nested too deeply')
  if (typeof value === 'string') requireText(value)
  if (Array.isArray(value)) return value.map((each) => rebuild(each, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  const map: Record<string, unknown> = Object.create(null)
  for (const [key, each] of Object.entries(value)) {
    if (key === '__proto__') throw new RangeError('"__proto__" cannot be a key')
    requireText(key)
    map[key] = rebuild(each, depth + 1)
  }
  return map
}

function requireText(text: string): void {
  const unfit = findUnfit(text)
  if (unfit !== undefined) throw new RangeError(`a text holds ${unfit}`)
}
