/** The engine's own shapes, as JSON writes them: every key is one of ours, what users named stands in values. */
export function toSnakeCase(value: object): object {
  return renameKeys(value, (key) => key.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`))
}

export function toCamelCase(value: object): object {
  return renameKeys(value, (key) => key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()))
}

function renameKeys(value: object, rename: (key: string) => string): object {
  return JSON.parse(JSON.stringify(value), (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).map(([key, inner]) => [rename(key), inner]))
      : each,
  )
}
