import { type Element, refuse, tags } from './der.ts'

/**
 * UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 wants it: with seconds, with Z, without fractions. Returns ISO 8601,
 * UTC, whole seconds.
 */
export function readTime({ tag, content }: Element, what: string): string {
  const text = content.toString('latin1')
  const isShort = tag === tags.utcTime
  if (!isShort && tag !== tags.generalizedTime) refuse(`has ${what} that is no time`)
  const match = (isShort ? /^(\d{2})(\d{10})Z$/ : /^(\d{4})(\d{10})Z$/).exec(text)
  if (!match) refuse(`has ${what} that is not written as RFC 5280 has it`)
  const [, digits = '', rest = ''] = match
  const year = isShort ? `${Number(digits) < 50 ? 20 : 19}${digits}` : digits
  const [month, day, hour, minute, second] = rest.match(/../g) ?? []
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`
  return isOnCalendar(iso) ? iso : refuse(`has ${what} that no calendar has`)
}

/** JavaScript reads ISO 8601 years below 100 as they stand, and wraps or refuses days and hours that do not exist. */
function isOnCalendar(iso: string): boolean {
  const time = new Date(iso)
  return !Number.isNaN(time.getTime()) && time.toISOString() === iso.replace('Z', '.000Z')
}
