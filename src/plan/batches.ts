import type { Desired } from '../model/desired.ts'

/** For each play, for each of its hosts: which batch of the whole run it belongs to. */
export type Batches = readonly ReadonlyMap<string, number>[]

/** Numbers the batches of all plays through, from 0. */
export function numberBatches(desired: Desired): Batches {
  let next = 0
  return desired.plays.map(({ batches }) => {
    const numbers = new Map<string, number>()
    for (const batch of batches) {
      for (const host of batch) numbers.set(host, next)
      next += 1
    }
    return numbers
  })
}

/** A host outside the play (the control node) belongs to the play's first batch. */
export function batchOf(batches: Batches, play: number, host: string): number {
  const numbers = batches[play]
  return numbers?.get(host) ?? Math.min(...(numbers?.values() ?? []), Number.MAX_SAFE_INTEGER)
}
