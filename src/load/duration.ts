const secondsPer: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 }

/** Beyond it there are no dates: those of certificates end with the year 9999 (RFC 5280 §4.1.2.5). */
const maximumSeconds = 10_000 * 366 * 86_400

/** Seconds of `15d`, `1d12h`, `90s`, `2w`; undefined for anything else, zero and more than ten thousand years included. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,9}[wdhms])+$/.test(text)) return undefined
  const parts = [...text.matchAll(/(\d+)([wdhms])/g)]
  const seconds = parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (secondsPer[unit] ?? 0),
    0,
  )
  return seconds > 0 && seconds <= maximumSeconds ? seconds : undefined
}

/** Percent of `20%`, more than 0 and less than 100; undefined for anything else. */
export function parsePercentage(text: string): number | undefined {
  const percentage = /^(\d{1,2}(?:\.\d+)?)%$/.exec(text)?.[1]
  const value = percentage === undefined ? 0 : Number(percentage)
  return value > 0 ? value : undefined
}

export const durationHint =
  'write a number and a unit: 15d, 12h, 30m, 90s, 2w, or several: 1d12h; no more than 10000 years'
