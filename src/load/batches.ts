// `serial` and `max_fail_percentage`, with Ansible's arithmetic: a percentage is of all hosts of the play, rounded down.

/** A number of hosts, or a percentage of them ("30%"). */
export type BatchSize = number | string

/** Cuts hosts into batches; the last size of a list holds for all that are left. A batch has at least one host. */
export function cutBatches(
  hosts: readonly string[],
  serial: BatchSize | readonly BatchSize[] | undefined,
): string[][] {
  const sizes = serial === undefined ? [hosts.length] : [serial].flat()
  const batches: string[][] = []
  for (let start = 0; start < hosts.length; ) {
    const size = countOf(sizes[Math.min(batches.length, sizes.length - 1)] ?? hosts.length, hosts.length)
    batches.push(hosts.slice(start, start + size))
    start += size
  }
  return batches
}

function countOf(size: BatchSize, total: number): number {
  if (typeof size === 'number') return size
  return Math.max(1, Math.floor((Number.parseFloat(size) / 100) * total))
}
