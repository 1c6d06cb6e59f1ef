/**
 * `--at`: a date, or a date and time, in UTC unless it names an offset. Undefined for anything else, and outside of the
 * years that certificates have dates for (RFC 5280 §4.1.2.5).
 */
export function parseInstant(text: string): Date | undefined {
  const [, date, time = 'T00:00', offset = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  if (date === undefined) return undefined
  const instant = new Date(`${date}${time}${offset}`)
  const year = instant.getUTCFullYear()
  if (!(year >= 1950 && year <= 9999)) return undefined
  // The 31st of February is not the 3rd of March.
  return new Date(`${date}T00:00Z`).toISOString().startsWith(date) ? instant : undefined
}
