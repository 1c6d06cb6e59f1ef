/** How two sets differ, as one line; undefined when they do not. */
export function describeSets(found: readonly string[], wanted: readonly string[]): string | undefined {
  const lacking = wanted.filter((entry) => !found.includes(entry))
  const surplus = found.filter((entry) => !wanted.includes(entry))
  if (lacking.length === 0 && surplus.length === 0) return undefined
  const parts = []
  if (lacking.length > 0) parts.push(`lacks ${lacking.join(', ')}`)
  if (surplus.length > 0) parts.push(`has ${surplus.join(', ')} beyond what is wanted`)
  return parts.join('; ')
}
