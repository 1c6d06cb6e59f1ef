// How much of a sweep is tried: a sample whose seed is stated, or all of it.

/** `FAULTS=all`: every position; else every n-th, and which ones is up to `FAULTS_SEED`. */
const tryAll = process.env.FAULTS === 'all'
export const seed = Number(process.env.FAULTS_SEED ?? 1)
/** For whoever is writing a test: so many times fewer. */
const thinning = Number(process.env.FAULTS_THIN ?? 1)

/** On a machine with much else to do: so many times the time that a run may take. */
export const patience = Number(process.env.FAULTS_PATIENCE ?? 1)

/** Every n-th, at least one, and with 1 really all; `shift` lets sweeps over the same list try what others leave out. */
export function sampleEvery<T>(n: number, items: readonly T[], shift = 0): T[] {
  if (tryAll || n === 1) return [...items]
  const sample = items.filter((_, index) => (index + seed + shift) % (n * thinning) === 0)
  // A sweep that tries nothing would find nothing.
  return sample.length > 0 ? sample : items.filter((_, index) => index === (seed + shift) % items.length)
}

/** Half of them, however thin the rest is; `FAULTS=all`: each. */
export function sampleHalf<T>(items: readonly T[]): T[] {
  return items.filter((_, index) => tryAll || (index + seed) % 2 === 0)
}

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function makeRandom(from: number): () => number {
  let state = Math.trunc(from) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function pick<T>(random: () => number, items: readonly [T, ...T[]]): T {
  return items[Math.floor(random() * items.length)] ?? items[0]
}
