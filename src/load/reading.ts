import { isAbsolute, normalize } from 'node:path'
import type { Source } from '../model/source.ts'
import type { Complaint, Complaints } from './complaints.ts'
import { pointer, sourceAt, type YamlDocument } from './document.ts'
import { durationHint, parseDuration } from './duration.ts'

/** Reading one policy for one host: where complaints go and places come from. */
export interface Reading {
  readonly document: YamlDocument
  readonly complaints: Complaints
}

export function complain(
  { document, complaints }: Reading,
  keys: readonly (string | number)[],
  complaint: Complaint,
): undefined {
  complaints.at(document, pointer(...keys), complaint)
}

/** About an entry as a whole: told at its name. */
export function complainOfEntry(
  { document, complaints }: Reading,
  section: string,
  name: string,
  complaint: Complaint,
): undefined {
  complaints.at(document, pointer(section, name), complaint, 'key')
}

/** The line of the first of these pointers that the file really holds. */
export function firstSource({ document }: Reading, ...candidates: (readonly (string | number)[])[]): Source {
  const found = candidates.find((keys) => document.places.has(pointer(...keys)))
  return sourceAt(document, pointer(...(found ?? candidates.at(-1) ?? [])), 'key')
}

export function readDuration(
  reading: Reading,
  keys: readonly (string | number)[],
  text: string,
): number | undefined {
  const seconds = parseDuration(text)
  if (seconds !== undefined) return seconds
  return complain(reading, keys, {
    code: 'invalid-duration',
    message: `"${text}" is not a duration`,
    hint: durationHint,
  })
}

/** More than any timer can be set to (2^31 ms), and than anybody waits. */
const maximumTimeoutSeconds = 7 * 86_400

/** How long something is waited for. */
export function readTimeout(
  reading: Reading,
  keys: readonly (string | number)[],
  text: string,
): number | undefined {
  const seconds = readDuration(reading, keys, text)
  if (seconds === undefined || seconds <= maximumTimeoutSeconds) return seconds
  return complain(reading, keys, {
    code: 'invalid-duration',
    message: `"${text}" is longer than anything is waited for`,
    hint: 'a week at most: 7d',
  })
}

/** An absolute path of a host, as written but for doubled slashes. */
export function readPath(
  reading: Reading,
  keys: readonly (string | number)[],
  text: string,
): string | undefined {
  const fault = findPathFault(text)
  if (fault === undefined) return normalize(text)
  return complain(reading, keys, {
    code: 'invalid-path',
    message: `"${text}" ${fault.message}`,
    hint: fault.hint,
  })
}

function findPathFault(text: string): { message: string; hint: string } | undefined {
  if (/\p{Cc}/u.test(text)) return { message: 'holds a control character', hint: 'name another path' }
  if (!isAbsolute(text)) return { message: 'is not absolute', hint: `write it from the root: "/…/${text}"` }
  if (text.split('/').includes('..')) return { message: 'leads upwards', hint: 'write the path without ".."' }
  if (text.endsWith('/')) return { message: 'is a folder', hint: 'name the file' }
  return undefined
}

/** Permission bits of a quoted octal number. */
export function readMode(
  reading: Reading,
  keys: readonly (string | number)[],
  text: string,
): number | undefined {
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8)
  const hint = 'three octal digits behind a zero, quoted: "0600"'
  return complain(reading, keys, { code: 'invalid-mode', message: `"${text}" is not a file mode`, hint })
}
