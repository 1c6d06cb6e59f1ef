import type { Complaint } from './complaints.ts'
import { holdsPrivateKey } from './document.ts'

const maximumBytes = 1024 * 1024
const maximumIndent = 256
const maximumFlowDepth = 64
const maximumAliases = 10_000

type TextFault = Complaint & { readonly offset: number }

/** What is wrong with a text before any parser may see it: some of it would make the parser hang or abort. */
export function findTextFaults(text: string, bytes: Uint8Array): TextFault[] {
  const fault =
    findSizeFault(bytes) ??
    findPrivateKey(text) ??
    findEncodingFault(text, bytes) ??
    findDirective(text) ??
    findDepthFault(text) ??
    findAliasFault(text) ??
    findSecondDocument(text)
  return fault ? [fault] : []
}

function findSizeFault(bytes: Uint8Array): TextFault | undefined {
  if (bytes.length <= maximumBytes) return undefined
  return {
    offset: 0,
    code: 'file-too-large',
    message: `the file has ${bytes.length} bytes, at most ${maximumBytes} are read`,
  }
}

/** A key named in the wrong place: nothing of it may reach a message. */
function findPrivateKey(text: string): TextFault | undefined {
  return holdsPrivateKey(text)
    ? { offset: 0, code: 'private-key', message: 'the file holds a private key: it is not YAML' }
    : undefined
}

function findEncodingFault(text: string, bytes: Uint8Array): TextFault | undefined {
  const control = /(?![\t\n\r])\p{Cc}/u.exec(text)
  if (control)
    return {
      offset: control.index,
      code: 'binary-file',
      message: 'the file holds control characters: not YAML',
    }
  if (!Buffer.from(text, 'utf8').equals(Buffer.from(bytes)))
    return { offset: text.indexOf('\uFFFD'), code: 'not-utf-8', message: 'the file is not UTF-8' }
  if (text.startsWith('\uFEFF'))
    return {
      offset: 0,
      code: 'byte-order-mark',
      message: 'the file starts with a byte-order mark',
      hint: 'save it as UTF-8 without one',
    }
  return undefined
}

/** `%YAML 1.1` would turn NO into false. */
function findDirective(text: string): TextFault | undefined {
  const directive = /^%[A-Z]+/m.exec(text)
  return directive
    ? {
        offset: directive.index,
        code: 'yaml-directive',
        message: 'YAML directives are not taken',
        hint: 'remove the line',
      }
    : undefined
}

/** A marker at the start of a line begins a document, wherever it stands. */
function findSecondDocument(text: string): TextFault | undefined {
  const begun = /^(?:\s*(?:#.*)?\n)*(?:---(?=\s)[^\n]*)?/.exec(text)?.[0].length ?? 0
  const marker = /^---(?=\s|$)/m.exec(text.slice(begun))
  return marker
    ? {
        offset: begun + marker.index,
        code: 'several-documents',
        message: 'a second YAML document starts here',
        hint: 'keep one document in a file: remove the "---"',
      }
    : undefined
}

/** Deep nesting overflows the parser's stack. Brackets inside quotes count too: no honest file has that many. */
function findDepthFault(text: string): TextFault | undefined {
  let depth = 0
  let offset = 0
  for (const line of text.split('\n')) {
    const [indent = ''] = /^(?:[ \t]|[-?] )*/.exec(line) ?? []
    if (indent.length > maximumIndent) return tooDeep(offset)
    depth = Math.max(0, depth)
    for (let index = 0; index < line.length; index += 1) {
      const char = line[index]
      if (char === '#' && /^|\s/.test(line[index - 1] ?? ' ') && depth === 0) break
      if (char === '[' || char === '{') depth += 1
      if (char === ']' || char === '}') depth -= 1
      if (depth > maximumFlowDepth) return tooDeep(offset + index)
    }
    offset += line.length + 1
  }
  return undefined
}

/** Every alias costs the parser a search through the document. */
function findAliasFault(text: string): TextFault | undefined {
  let aliases = 0
  for (const { index } of text.matchAll(/(?<=^|[\s,[{])\*[A-Za-z0-9]/gm)) {
    aliases += 1
    if (aliases > maximumAliases)
      return { offset: index, code: 'too-large', message: `more than ${maximumAliases} aliases` }
  }
  return undefined
}

function tooDeep(offset: number): TextFault {
  return { offset, code: 'too-deep', message: 'nested too deeply' }
}
