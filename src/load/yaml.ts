// Text → YamlDocument. YAML 1.2 core, and every trap of it that silently does something else is a complaint.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
} from 'yaml'
import type { Complaints } from './complaints.ts'
import { type Place, pointer, type YamlDocument } from './document.ts'
import { findTextFaults } from './yaml-text.ts'

const maximumDepth = 64
const maximumNodes = 200_000

/** Undefined when the text cannot be read as one document; the complaints say why. */
export function parseYaml(
  names: { readonly file: string; readonly path: string },
  bytes: Uint8Array,
  complaints: Complaints,
): YamlDocument | undefined {
  const text = Buffer.from(bytes).toString('utf8')
  const faults = findTextFaults(text, bytes)
  for (const { offset, ...fault } of faults) complaints.offset({ file: names.file, text }, offset, fault)
  if (faults.length > 0) return undefined
  const documents = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: new LineCounter(),
  })
  const [document, second] = Array.isArray(documents) ? documents : []
  if (!document?.contents && !document?.errors.length) {
    complaints.about(names.file, { code: 'empty-document', message: 'the file is empty' })
    return undefined
  }
  if (second)
    complaints.offset({ file: names.file, text }, second.range[0], {
      code: 'several-documents',
      message: 'a second YAML document starts here',
      hint: 'keep one document in a file: remove the "---"',
    })
  return readDocument(names, text, document, complaints)
}

function readDocument(
  names: { readonly file: string; readonly path: string },
  text: string,
  document: Document.Parsed,
  complaints: Complaints,
): YamlDocument | undefined {
  const at = { file: names.file, text }
  for (const error of document.errors)
    complaints.offset(at, error.pos[0], {
      code: 'yaml-syntax',
      message: error.message,
      ...syntaxHint(text, error.pos[0]),
    })
  for (const warning of document.warnings)
    complaints.offset(at, warning.pos[0], {
      code: warning.code === 'TAG_RESOLVE_FAILED' ? 'unknown-tag' : 'yaml-syntax',
      message: warning.message,
      hint: 'quote the value if the ! belongs to it',
    })
  if (document.errors.length > 0 || document.warnings.length > 0 || !document.contents) return undefined
  const walk: Walk = { document, at, complaints, places: new Map(), nodes: 0, failed: false }
  const value = readNode(walk, document.contents, [], undefined)
  return walk.failed ? undefined : { ...names, text, value, places: walk.places }
}

function syntaxHint(text: string, offset: number): { hint?: string } {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? ''
  if (line.includes('{{')) return { hint: 'quote a value that holds {{ }}: "{{ … }}"' }
  if (/^\s*\t/.test(line)) return { hint: 'YAML indents with spaces, not with tabs' }
  if (/[:-]\s+[@`]/.test(line)) return { hint: 'a value may not start with @ or `: quote it' }
  return {}
}

interface Walk {
  readonly document: Document.Parsed
  readonly at: { readonly file: string; readonly text: string }
  readonly complaints: Complaints
  readonly places: Map<string, Place>
  nodes: number
  failed: boolean
}

function complain(walk: Walk, offset: number, code: string, message: string, hint?: string): undefined {
  walk.complaints.offset(walk.at, offset, { code, message, ...(hint === undefined ? {} : { hint }) })
  walk.failed = true
}

type Keys = readonly (string | number)[]

function readNode(walk: Walk, node: Node, keys: Keys, key: number | undefined): unknown {
  const [start, end] = node.range ?? [0, 0]
  walk.places.set(pointer(...keys), { value: start, end, ...(key === undefined ? {} : { key }) })
  walk.nodes += 1
  if (walk.nodes > maximumNodes)
    return complain(walk, start, 'too-large', 'the document expands to too many values')
  if (keys.length > maximumDepth)
    return complain(walk, start, 'too-deep', `nested deeper than ${maximumDepth} levels`)
  if (isAlias(node)) return readAlias(walk, node, keys, key)
  if (isMap(node)) return readMap(walk, node.items, keys)
  if (isSeq(node))
    return node.items.map((item, index) => readNode(walk, item as Node, [...keys, index], undefined))
  return isScalar(node) ? readScalar(walk, node.value, node.source ?? '', start) : null
}

function readAlias(
  walk: Walk,
  alias: Extract<Node, { source: string }> & Node,
  keys: Keys,
  key: number | undefined,
) {
  const [start, end] = alias.range ?? [0, 0]
  const target = isAlias(alias) ? alias.resolve(walk.document) : undefined
  if (!target)
    return complain(
      walk,
      start,
      'unknown-alias',
      `there is no anchor "${alias.source}"`,
      `a value that starts with * must be quoted: "*${alias.source}"`,
    )
  const value = readNode(walk, target as Node, keys, key)
  walk.places.set(pointer(...keys), { value: start, end, ...(key === undefined ? {} : { key }) })
  return value
}

function readMap(walk: Walk, items: readonly Pair[], keys: Keys): unknown {
  const map: Record<string, unknown> = Object.create(null)
  for (const { key, value } of items) {
    const offset = (key as Node | null)?.range?.[0] ?? 0
    const name = readKey(walk, key as Node | null, offset)
    if (name === undefined) continue
    if (name in map) {
      complain(walk, offset, 'duplicate-key', `"${name}" stands here a second time`, 'remove one of the two')
      continue
    }
    const child = [...keys, name]
    map[name] = value ? readNode(walk, value as Node, child, offset) : null
    if (!value) walk.places.set(pointer(...child), { key: offset, value: offset, end: offset })
  }
  return map
}

function readKey(walk: Walk, key: Node | null, offset: number): string | undefined {
  if (isMap(key))
    return complain(
      walk,
      offset,
      'unquoted-expression',
      'this reads as a map within a map',
      'quote it: "{{ … }}"',
    )
  if (!isScalar(key)) return complain(walk, offset, 'key-type', 'a key must be a plain name')
  const name = key.source ?? String(key.value)
  if (name === '__proto__') return complain(walk, offset, 'reserved-key', '"__proto__" cannot be a key')
  if (name === '<<')
    return complain(walk, offset, 'merge-key', 'merge keys are not YAML 1.2', 'write the fields out')
  return name
}

/** Numbers whose spelling YAML would lose, like 0644 and 1.10, are not what was meant. */
function readScalar(walk: Walk, value: unknown, source: string, start: number): unknown {
  if (typeof value === 'number' && String(value) !== source)
    return complain(
      walk,
      start,
      'number-spelling',
      `${source} reads as the number ${value}`,
      `quote it to keep it as it is: "${source}"`,
    )
  return value
}
