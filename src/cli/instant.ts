/** `--at`: a date, or a date and time, in UTC unless it names an offset. Undefined for anything else. */
export function parseInstant(text: string): Date | undefined {
  const [, date, time = 'T00:00', offset = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  if (date === undefined) return undefined
  const instant = new Date(`${date}${time}${offset}`)
  if (Number.isNaN(instant.getTime())) return undefined
  // The 31st of February is not the 3rd of March.
  return new Date(`${date}T00:00Z`).toISOString().startsWith(date) ? instant : undefined
}
