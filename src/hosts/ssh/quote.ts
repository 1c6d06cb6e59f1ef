/** A word of a POSIX shell that stands for exactly this text. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** A call of one of the agent's functions. */
export function call(name: string, ...args: readonly (string | number)[]): string {
  return [name, ...args.map((arg) => quote(String(arg)))].join(' ')
}
