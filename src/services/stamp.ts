/** Where certwright writes down when a service last took up its files, for managers that know no start time. */
export function stampPath(service: string): string {
  return `/var/lib/certwright/services/${service}`
}

/**
 * A moment that the host's own clock has not reached proves nothing about what came after what: the clock was set back
 * since, or somebody else wrote it.
 */
export function isReached(ms: number, clockMs: number): boolean {
  return ms <= clockMs
}

/** One ISO 8601 instant on a line of its own. */
export function formatStamp(instant: Date): string {
  return `${instant.toISOString()}\n`
}

/** Milliseconds since the epoch; undefined for anything but a stamp. */
export function parseStamp(text: string): number | undefined {
  const ms = /^\d{4}-\d\d-\d\dT[\d:.]+Z\n$/.test(text) ? Date.parse(text.trimEnd()) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
