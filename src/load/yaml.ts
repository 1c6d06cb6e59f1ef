// Text → YamlDocument. YAML 1.2 core, and every trap of it that silently does something else is a complaint.
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
} from 'yaml'
import type { Secret } from '../model/secret.ts'
import { findUnfit } from './characters.ts'
import type { Complaint, Complaints } from './complaints.ts'
import { type Place, pointer, sourceOfOffset, type Text, type YamlDocument } from './document.ts'
import { type Dialect, readScalar, tags } from './yaml-scalar.ts'
import { findTextFaults } from './yaml-text.ts'

const maximumDepth = 64
const maximumNodes = 200_000
/** Of a parser that has lost its way. */
const maximumErrors = 20

interface YamlFile {
  readonly file: string
  readonly path: string
  readonly dialect: Dialect
  /** The text was encrypted: no complaint may quote it. */
  readonly isSecret?: boolean
  /** Called for every value behind `!vault`. */
  readonly onEncrypted?: (secret: Secret, encrypted: string) => void
}

/** Undefined when the text cannot be read as one document; the complaints say why. */
export function parseYaml(
  file: YamlFile,
  bytes: Uint8Array,
  complaints: Complaints,
): YamlDocument | undefined {
  const text = Buffer.from(bytes).toString('utf8')
  const complain = complainer({ file: file.file, text, isSecret: file.isSecret ?? false }, complaints)
  const faults = findTextFaults(text, bytes)
  for (const { offset, ...fault } of faults) complain(offset, fault)
  if (faults.length > 0) return undefined
  const documents = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    customTags: [...tags],
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: new LineCounter(),
  })
  const [document] = Array.isArray(documents) ? documents : []
  if (!document?.contents && !document?.errors.length) {
    complaints.about(file.file, { code: 'empty-document', message: 'the file is empty' })
    return undefined
  }
  return readDocument(file, text, document, complain)
}

type Complain = (offset: number, complaint: Complaint) => void

/** Messages about a file that was encrypted say where and of which kind the mistake is, and nothing of the text. */
function complainer(at: Text, complaints: Complaints): Complain {
  return (offset, complaint) => {
    const { code } = complaint
    const hidden = { code, message: 'a mistake in an encrypted file', hint: `ansible-vault view ${at.file}` }
    complaints.offset(at, offset, at.isSecret ? hidden : complaint)
  }
}

function readDocument(
  file: YamlFile,
  text: string,
  document: Document.Parsed,
  complain: Complain,
): YamlDocument | undefined {
  for (const error of document.errors.slice(0, maximumErrors))
    complain(error.pos[0], {
      code: 'yaml-syntax',
      message: error.message.slice(0, 200),
      ...syntaxHint(text, error.pos[0]),
    })
  for (const warning of document.warnings.slice(0, maximumErrors))
    complain(warning.pos[0], {
      code: warning.code === 'TAG_RESOLVE_FAILED' ? 'unknown-tag' : 'yaml-syntax',
      message: warning.message.slice(0, 200),
      hint: 'quote the value if the ! belongs to it',
    })
  if (document.errors.length > 0 || document.warnings.length > 0 || !document.contents) return undefined
  const state = { places: new Map(), anchors: new Map(), nodes: 0, failed: false }
  const walk: Walk = { ...file, text, complain, ...state }
  const value = readNode(walk, document.contents, [], undefined)
  const { path, isSecret = false } = file
  return walk.failed ? undefined : { file: file.file, path, text, value, places: walk.places, isSecret }
}

function syntaxHint(text: string, offset: number): { hint?: string } {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? ''
  if (line.includes('{{')) return { hint: 'quote a value that holds {{ }}: "{{ … }}"' }
  if (/^\s*\t/.test(line)) return { hint: 'YAML indents with spaces, not with tabs' }
  if (/[:-]\s+[@`]/.test(line)) return { hint: 'a value may not start with @ or `: quote it' }
  return {}
}

interface Walk extends YamlFile {
  readonly text: string
  readonly complain: Complain
  readonly places: Map<string, Place>
  /** Those that stand above the node being read. */
  readonly anchors: Map<string, Node>
  nodes: number
  failed: boolean
}

function fail(walk: Walk, offset: number, code: string, message: string, hint?: string): undefined {
  walk.complain(offset, { code, message, ...(hint === undefined ? {} : { hint }) })
  walk.failed = true
}

type Keys = readonly (string | number)[]

function readNode(walk: Walk, node: Node, keys: Keys, key: number | undefined): unknown {
  const [start, end] = node.range ?? [0, 0]
  walk.places.set(pointer(...keys), { value: start, end, ...(key === undefined ? {} : { key }) })
  walk.nodes += 1
  if (walk.nodes === maximumNodes + 1)
    fail(walk, start, 'too-large', 'the document expands to too many values')
  if (walk.nodes > maximumNodes) return undefined
  if (keys.length > maximumDepth)
    return fail(walk, start, 'too-deep', `nested deeper than ${maximumDepth} levels`)
  if (isAlias(node)) return readAlias(walk, node, keys, key)
  if ('anchor' in node && typeof node.anchor === 'string') walk.anchors.set(node.anchor, node)
  if (isMap(node)) return readMap(walk, node.items, keys)
  if (isSeq(node))
    return node.items.map((item, index) => readNode(walk, item as Node, [...keys, index], undefined))
  return isScalar(node) ? readScalarNode(walk, node, start) : null
}

function readAlias(walk: Walk, alias: Alias, keys: Keys, key: number | undefined) {
  const [start, end] = alias.range ?? [0, 0]
  const target = walk.anchors.get(alias.source)
  if (!target)
    return fail(
      walk,
      start,
      'unknown-alias',
      `there is no anchor "${alias.source}"`,
      `a value that starts with * must be quoted: "*${alias.source}"`,
    )
  const value = readNode(walk, target, keys, key)
  walk.places.set(pointer(...keys), { value: start, end, ...(key === undefined ? {} : { key }) })
  return value
}

function readMap(walk: Walk, items: readonly Pair[], keys: Keys): unknown {
  const map: Record<string, unknown> = Object.create(null)
  const merged: unknown[] = []
  for (const { key, value } of items) {
    const offset = (key as Node | null)?.range?.[0] ?? 0
    const name = readKey(walk, key as Node | null, offset)
    if (name === undefined) continue
    if (name in map) {
      fail(walk, offset, 'duplicate-key', `"${name}" stands here a second time`, 'remove one of the two')
      continue
    }
    const child = [...keys, name]
    const read = value ? readNode(walk, value as Node, child, offset) : null
    if (!value) walk.places.set(pointer(...child), { key: offset, value: offset, end: offset })
    if (name === '<<') merged.push(read)
    else map[name] = read
  }
  return merged.length === 0 ? map : mergeInto(map, merged.flat())
}

/** What a map says itself wins over what it merges, and earlier merged maps over later ones (YAML 1.1's merge key). */
function mergeInto(own: Record<string, unknown>, merged: readonly unknown[]): Record<string, unknown> {
  const map: Record<string, unknown> = Object.create(null)
  for (const each of [...merged].reverse()) if (typeof each === 'object') Object.assign(map, each)
  return Object.assign(map, own)
}

function readKey(walk: Walk, key: Node | null, offset: number): string | undefined {
  if (isMap(key))
    return fail(
      walk,
      offset,
      'unquoted-expression',
      'this reads as a map within a map',
      'quote it: "{{ … }}"',
    )
  if (!isScalar(key)) return fail(walk, offset, 'key-type', 'a key must be a plain name')
  const name = key.source ?? String(key.value)
  const unfit = findUnfit(name)
  if (unfit !== undefined) return fail(walk, offset, 'invalid-character', `this holds ${unfit}`)
  if (name === '__proto__') return fail(walk, offset, 'reserved-key', '"__proto__" cannot be a key')
  if (name === '<<' && walk.dialect === 'core')
    return fail(walk, offset, 'merge-key', 'merge keys are not YAML 1.2', 'write the fields out')
  return name
}

function readScalarNode(walk: Walk, node: Scalar, start: number): unknown {
  const source = node.source ?? ''
  const vaultReference = () => `vault:${walk.file}:${sourceOfOffset(walk, start).line}`
  const text = { value: node.value, source, isPlain: node.type === 'PLAIN', vaultReference }
  const reading = readScalar(text, walk.dialect)
  if (reading.kind === 'value') {
    const unfit = typeof reading.value === 'string' ? findUnfit(reading.value) : undefined
    return unfit === undefined ? reading.value : fail(walk, start, 'invalid-character', `this holds ${unfit}`)
  }
  if (reading.kind === 'fault')
    return fail(walk, start, reading.fault.code, reading.fault.message, reading.fault.hint)
  if (reading.encrypted !== undefined) walk.onEncrypted?.(reading.secret, reading.encrypted)
  return reading.secret
}
