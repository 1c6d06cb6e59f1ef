/** No inventory name stands for more hosts. */
const maximumHosts = 10_000
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

export type ExpandedRange =
  | { readonly kind: 'hosts'; readonly names: readonly string[] }
  | { readonly kind: 'error'; readonly message: string }

/** `node-[01:20:2]` and `db-[a:f]` as Ansible expands them: both ends included, leading zeros kept, several in one name. */
export function expandHostRange(name: string): ExpandedRange {
  const [, head = '', range, tail = ''] = /^([^[]*)\[([^\]]*)\](.*)$/.exec(name) ?? []
  if (range === undefined) return { kind: 'hosts', names: [name] }
  const members = expandOne(range)
  if (typeof members === 'string') return { kind: 'error', message: `[${range}] ${members}` }
  const rest = expandHostRange(tail)
  if (rest.kind === 'error') return rest
  if (members.length * rest.names.length > maximumHosts)
    return { kind: 'error', message: `stands for more than ${maximumHosts} hosts` }
  return {
    kind: 'hosts',
    names: members.flatMap((member) => rest.names.map((each) => `${head}${member}${each}`)),
  }
}

/** The members of a range, or what is wrong with it. */
function expandOne(range: string): string[] | string {
  const [first = '', last = '', step = '1', ...more] = range.split(':')
  if (!range.includes(':') || more.length > 0) return 'is no range: write [first:last] or [first:last:step]'
  const stride = /^\d{1,4}$/.test(step) ? Number(step) : 0
  if (stride === 0) return 'has a step that is no number above 0'
  if (/^[a-zA-Z]$/.test(first) && /^[a-zA-Z]$/.test(last))
    return collect(letters.indexOf(first), letters.indexOf(last), stride, (index) => letters[index] ?? '')
  const from = first === '' ? '0' : first
  if (!/^\d{1,9}$/.test(from) || !/^\d{1,9}$/.test(last)) return 'needs two numbers, or two letters'
  const padded = from.length > 1 && from.startsWith('0')
  if (padded && from.length !== last.length) return 'has leading zeros: both ends must be equally long'
  return collect(Number(from), Number(last), stride, (number) =>
    String(number).padStart(padded ? from.length : 0, '0'),
  )
}

function collect(from: number, to: number, step: number, name: (index: number) => string): string[] | string {
  if (from > to) return 'ends before it begins'
  if ((to - from) / step >= maximumHosts) return `stands for more than ${maximumHosts} hosts`
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => name(from + index * step))
}
