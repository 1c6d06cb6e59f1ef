import type { Source } from '../model/source.ts'

/** Where a key and its value stand: offsets into the text. */
export interface Place {
  readonly key?: number
  readonly value: number
  readonly end: number
}

/** A YAML file as plain data, and where every part of it was written. */
export interface YamlDocument {
  /** As in `Source.file`. */
  readonly file: string
  /** Absolute, for paths that the file names relative to itself. */
  readonly path: string
  readonly text: string
  /** Null-prototype objects, arrays and scalars. */
  readonly value: unknown
  /** By JSON pointer (RFC 6901); the root is ``. */
  readonly places: ReadonlyMap<string, Place>
  /** The file is encrypted: nothing of its text is shown. */
  readonly isSecret: boolean
}

/** What a complaint needs to know of a file. */
export type Text = Pick<YamlDocument, 'file' | 'text'> & { readonly isSecret?: boolean }

/** A JSON pointer made of keys. */
export function pointer(...keys: readonly (string | number)[]): string {
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The place of a pointer, or of the nearest thing above it that the file really holds. */
export function findPlace(document: YamlDocument, at: string): Place {
  for (let key = at; ; key = key.slice(0, key.lastIndexOf('/'))) {
    const place = document.places.get(key)
    if (place) return place
    if (key === '') return { value: 0, end: 0 }
  }
}

/** Line and column of the value (or, with `key`, of the key) that a pointer names. */
export function sourceAt(document: YamlDocument, at: string, what: 'key' | 'value' = 'value'): Source {
  const place = findPlace(document, at)
  return sourceOfOffset(document, what === 'key' ? (place.key ?? place.value) : place.value)
}

export function sourceOfOffset({ file, text }: Text, offset: number): Source {
  const starts = lineStartsOf(text)
  let line = 0
  for (let step = 1 << 20; step > 0; step >>= 1)
    if ((starts[line + step] ?? Number.POSITIVE_INFINITY) <= offset) line += step
  return { file, line: line + 1, col: offset - (starts[line] ?? 0) + 1 }
}

let measured: { readonly text: string; readonly starts: readonly number[] } | undefined

/** Kept for the text asked about last: places are asked for by the thousand, one file after another. */
function lineStartsOf(text: string): readonly number[] {
  if (measured?.text === text) return measured.starts
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  measured = { text, starts }
  return starts
}

export function holdsPrivateKey(text: string): boolean {
  return text.includes('PRIVATE KEY-----')
}

/** The line of a source, cut to what a terminal shows; nothing of a text that is secret or holds a private key. */
export function excerptAt({ text, isSecret }: Text, { line }: Source): string {
  if (isSecret) return ''
  const starts = lineStartsOf(text)
  const whole = text.slice(starts[line - 1] ?? text.length, starts[line] ?? text.length)
  return holdsPrivateKey(text) ? '' : whole.replace(/\r?\n?$/, '').slice(0, 160)
}
