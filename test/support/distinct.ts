/**
 * What occurs in a list, each once. Comparing it says of every element what it is, prints what else there was, and fails
 * on an empty list, where `every` holds.
 */
export function distinct<T>(list: readonly T[]): T[] {
  return [...new Set(list)]
}
