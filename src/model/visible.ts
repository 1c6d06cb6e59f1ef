// Characters that steer what shows a text, or hide in it: made visible. One list, for terminals and for JSON alike.

/**
 * Controls (C0, DEL, C1); the separators that some readers take for the end of a line; marks, overrides and isolates that
 * turn the direction of what follows (Unicode UAX #9); halves of a surrogate pair, which are no characters at all.
 */
const steering = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\p{Cs}]/gu

/** As it can stand within one line: `\n`, `\t`, `\x1b`, `\u202e`. What is visible already stays as it is. */
export function visible(text: string): string {
  return text.replace(steering, show)
}

function show(char: string): string {
  if (char === '\n') return '\\n'
  if (char === '\t') return '\\t'
  const code = char.charCodeAt(0)
  return code <= 0xff ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`
}

/** The same value in JSON, without anything that steers: JSON.stringify escapes C0 and lone surrogates only. */
export function formatJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent) ?? 'null'
  return text.replace(steering, (char) => (char === '\n' ? char : `\\u${hex(char.charCodeAt(0), 4)}`))
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
