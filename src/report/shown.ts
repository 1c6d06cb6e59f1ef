// The only way to what is printed. Text of hosts, files and users cannot become a line of a report, a colour or a command
// to the terminal: whoever writes a message can neither forget it nor has to remember it.
import { formatJson, visible } from '../model/visible.ts'

declare const mark: unique symbol

/** Text that may be printed: nothing else can be. Made by `report`, `line` and `shownJson` alone. */
export type Shown = string & { readonly [mark]: true }

/**
 * A formatter whose every string was made visible before it sees it, however deep it lies. Newlines and colours are
 * those that it writes itself.
 */
export function report<Given extends readonly unknown[]>(
  format: (...given: Given) => string,
): (...given: Given) => Shown {
  return (...given) => passOn(format(...(visibleDeep(given) as Given)))
}

/** A message: line`error: ${host} …`. What is interpolated is made visible, what is written stands as it is. */
export function line(written: TemplateStringsArray, ...values: readonly (string | number)[]): Shown {
  const [first = '', ...rest] = written
  return passOn(first + rest.map((text, index) => visible(String(values[index])) + text).join(''))
}

export function shownJson(value: object): Shown {
  return `${formatJson(value, 2)}\n` as Shown
}

/** Our own newlines and colours; anything else that steers came by a way that nobody thought of. */
const own = new RegExp(`(\n|${String.fromCharCode(0x1b)}\\[(?:1|2|22|31|32|33|36|39)m)`)

function passOn(text: string): Shown {
  const parts = text.split(own).map((part, index) => (index % 2 === 1 ? part : visible(part)))
  return parts.join('') as Shown
}

/** Plain data with every string and every key made visible. */
function visibleDeep(value: unknown): unknown {
  if (typeof value === 'string') return visible(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(visibleDeep)
  if (value instanceof Map)
    return new Map([...value].map(([key, each]) => [visibleDeep(key), visibleDeep(each)]))
  if (value instanceof Set) return new Set([...value].map(visibleDeep))
  const prototype: unknown = Object.getPrototypeOf(value)
  // A date or a secret has a way of its own to become text.
  if (prototype !== Object.prototype && prototype !== null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [visible(key), visibleDeep(each)]))
}
