// What strace saw, as calls that can be hit again: the n-th of its name in its thread.
export interface Call {
  readonly thread: 'main' | 'pool'
  readonly name: string
  /** Counted from 1, as strace's `when` does: in this thread, among calls of this name, touching the scene or not. */
  readonly ordinal: number
  /** Name and paths without what is random in them. */
  readonly label: string
  /**
   * For reads and writes, which also wake the other thread up, more or fewer times from run to run: the openat before it, and
   * `ordinal` is counted from there.
   */
  readonly anchor?: number
}

/** Everything that changes a disk; openat only where it makes a file. */
export const changingCalls = [
  'openat',
  'write',
  'writev',
  'pwrite64',
  'pwritev',
  'ftruncate',
  'fsync',
  'fdatasync',
  'rename',
  'renameat',
  'renameat2',
  'link',
  'linkat',
  'unlink',
  'unlinkat',
  'mkdir',
  'mkdirat',
  'rmdir',
  'chmod',
  'fchmod',
  'chown',
  'fchown',
  'lchown',
  'utimensat',
  'copy_file_range',
]

const anchored = new Set(['read', 'write'])

/** Threads are told apart by the main one's number; `root`: only calls below it are returned. */
export function parseCalls(trace: string, mainThread: number, root: string): Call[] {
  const counts = new Map<string, number>()
  const count = (key: string) => counts.get(key) ?? 0
  return trace.split('\n').flatMap((line): Call[] => {
    const [, id, name, rest] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? []
    if (id === undefined || name === undefined || rest === undefined) return []
    counts.set(`${id} ${name}`, count(`${id} ${name}`) + 1)
    const label = labelOf(name, rest, root)
    if (name === 'openat') for (const each of anchored) counts.delete(`${id} ${each}`)
    if (label === undefined) return []
    const anchor = anchored.has(name) ? { anchor: count(`${id} openat`) } : {}
    const thread = Number(id) === mainThread ? 'main' : 'pool'
    return [{ thread, name, ordinal: count(`${id} ${name}`), label, ...anchor }]
  })
}

/** Undefined for what does not change anything below the root. */
export function labelOf(name: string, rest: string, root: string): string | undefined {
  const [args = ''] = rest.split(') = ')
  if (!args.includes(root)) return undefined
  if (name === 'openat' && !args.includes('O_CREAT')) return undefined
  const paths = [...args.matchAll(/[<"](\/[^>"]*)[>"]/g)].map(([, path = '']) => path)
  const own = paths.filter((path) => path.startsWith(root)).map((path) => path.slice(root.length))
  const text = own
    .join(' → ')
    .replaceAll(/[0-9a-f]{16}/g, '*')
    .replaceAll(/(\.certwright-\*)\/\d+/g, '$1/*')
    .replaceAll(/\/generations\/\d{8}-/g, '/generations/')
    .replaceAll(/\d{8}T\d+Z-[0-9a-f-]+/g, '*')
  return `${name} ${text}`
}
