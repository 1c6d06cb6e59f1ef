const secondsPerDay = 86_400

/** `2036-11-20`, UTC. */
export function formatDate(instant: string | Date): string {
  return new Date(instant).toISOString().slice(0, 10)
}

/** `in 8 days`, `in 5 hours`, `now`. Rounded down: never more time than there is. */
export function formatDaysUntil(at: Date, then: Date): string {
  return `in ${formatSpan(Math.floor((then.getTime() - at.getTime()) / 1000))}`
}

/** A span of seconds in its largest whole unit, rounded down: `15 days`, `1 hour`, `40 seconds`. */
export function formatSpan(seconds: number): string {
  const units = [
    ['day', secondsPerDay],
    ['hour', 3600],
    ['minute', 60],
  ] as const
  for (const [name, size] of units) {
    const count = Math.floor(seconds / size)
    if (count > 0) return `${count} ${name}${count === 1 ? '' : 's'}`
  }
  return `${Math.floor(seconds)} second${Math.floor(seconds) === 1 ? '' : 's'}`
}
