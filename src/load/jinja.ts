const filters: Readonly<Record<string, string>> = {
  default: "write has(x.y) ? x.y : 'other', or x.?y.orValue('other')",
  d: "write x.?y.orValue('other')",
  join: "write list.join(',')",
  int: 'write int(x)',
  string: 'write string(x)',
  length: 'write size(x)',
  count: 'write size(x)',
  map: 'write list.map(x, …)',
  select: 'write list.filter(x, …)',
  selectattr: 'write list.filter(x, x.attribute …)',
  lower: 'write text.lowerAscii()',
  upper: 'write text.upperAscii()',
  trim: 'write text.trim()',
  split: "write text.split(',')",
  unique: 'write list.unique()',
  sort: 'write list.sort()',
  flatten: 'write list.flatten()',
  bool: "write x == 'true'",
  first: 'write list[0]',
  last: 'write list[size(list) - 1]',
  ipwrap: 'write host_port(address, port)',
  ipaddr: 'write is_ip(x)',
}

/** What an Ansible user would write, and how CEL says it; undefined for what is no Jinja. */
export function jinjaHint(expression: string): string | undefined {
  const filter = /[^|]\|\s*([a-z_]+)/.exec(expression)?.[1]
  if (filter !== undefined)
    return filters[filter] ?? 'CEL has no filters; functions are written f(x) or x.f()'
  if (/\b(lookup|query)\s*\(/.test(expression))
    return 'there are no lookups: pass the value with -e or vars_files, or as !secret env:NAME'
  if (/\bis\s+(not\s+)?(defined|undefined)\b/.test(expression))
    return 'write has(x.y): declared variables always have a value'
  if (/\bif\b.*\belse\b/.test(expression)) return 'write condition ? a : b'
  return / (and|or|not) /.test(` ${expression} `) ? 'write && for and, || for or, ! for not' : undefined
}
