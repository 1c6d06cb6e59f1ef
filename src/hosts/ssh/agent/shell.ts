/** Shell as it is to be read over there: backslashes are the shell's own, and so is `\\${…}`. */
export function shell({ raw }: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return raw
    .map((text, index) => `${text}${values[index] ?? ''}`)
    .join('')
    .replaceAll('\\${', '${')
}
