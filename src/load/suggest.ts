/** The known name nearest to a mistyped one, as a hint; undefined where none is near. */
export function suggest(mistyped: string, known: readonly string[]): string | undefined {
  // A name of which nothing is left is no suggestion.
  const limit = Math.min(Math.max(1, Math.floor(mistyped.length / 3)), mistyped.length - 1)
  const [nearest] = known
    .map((name) => ({ name, distance: editDistance(mistyped.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
  return nearest ? `did you mean "${nearest.name}"?` : undefined
}

/** Nearest name, or else a list of what there is. */
export function suggestOrList(mistyped: string, known: readonly string[]): string {
  if (known.length === 0) return 'there is none'
  return (
    suggest(mistyped, known) ?? `there is ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}`
  )
}

/** Levenshtein distance with neighbours swapped counted once (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
