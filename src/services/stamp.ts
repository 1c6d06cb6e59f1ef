/** Where certwright writes down when a service last took up its files, and that it is being told to. */
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

/** Both by the host's clock, milliseconds since the epoch. */
export interface Stamp {
  /** When the service last took up its files, for managers that know no start time. */
  readonly ms: number
  /** It was told to, and has not proved since that it did: the stop of a restart may be all that came about. */
  readonly begun?: { readonly action: 'restart' | 'reload'; readonly ms: number }
}

/** An ISO 8601 instant on a line of its own; on a second one, `restart begun` or `reload begun` and another. */
export function formatStamp({ ms, begun }: Stamp): string {
  const second = begun === undefined ? '' : `${begun.action} begun ${format(begun.ms)}\n`
  return `${format(ms)}\n${second}`
}

function format(ms: number): string {
  return new Date(ms).toISOString()
}

const form = /^(\d{4}-\d\d-\d\dT[\d:.]+Z)\n(?:(restart|reload) begun (\d{4}-\d\d-\d\dT[\d:.]+Z)\n)?$/

/** Undefined for anything but a stamp. */
export function parseStamp(text: string): Stamp | undefined {
  const [, told, action, since] = form.exec(text) ?? []
  const ms = parse(told)
  if (ms === undefined) return undefined
  if (action === undefined) return { ms }
  const begunMs = parse(since)
  return begunMs === undefined
    ? undefined
    : { ms, begun: { action: action as 'restart' | 'reload', ms: begunMs } }
}

function parse(instant: string | undefined): number | undefined {
  const ms = Date.parse(instant ?? '')
  return Number.isNaN(ms) ? undefined : ms
}
