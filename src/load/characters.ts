/** What no file, argument, path or certificate can hold, and only escapes can spell: `"\0"`, `"\ud800"`. */
export function findUnfit(text: string): string | undefined {
  if (text.includes('\0')) return 'a NUL byte'
  return /\p{Cs}/u.test(text) ? 'half a character (a lone surrogate)' : undefined
}
