// Kept generations by the names of their folders: a number that only grows, and the transaction that replaced them. Pure.
import type { StoredGeneration } from './disk.ts'

/** How many old generations a host keeps. */
export const keptGenerations = 5

const pattern = /^(\d{8})-([^/]+)$/

/** Only these are. What else lies among them belongs to somebody else. */
export function isGeneration(name: string): boolean {
  return pattern.test(name)
}

/** What it is called by whoever wants it back. */
export function idOf(name: string): string {
  return pattern.exec(name)?.[2] ?? name
}

function numberOf(name: string): number {
  return Number(pattern.exec(name)?.[1] ?? 0)
}

/** Oldest first, whatever the clock said when they were made. */
export function inOrder<T extends { readonly name: string }>(generations: readonly T[]): T[] {
  return generations.toSorted((a, b) => numberOf(a.name) - numberOf(b.name) || (a.name < b.name ? -1 : 1))
}

export function nextName(generations: readonly StoredGeneration[], id: string): string {
  const last = Math.max(0, ...generations.map(({ name }) => numberOf(name)))
  return `${String(last + 1).padStart(8, '0')}-${id}`
}

/** Those that go when one more is made. */
export function outdatedBy(generations: readonly StoredGeneration[]): string[] {
  const done = inOrder(generations.filter(({ manifest }) => manifest !== undefined))
  return done.slice(0, Math.max(0, done.length - keptGenerations + 1)).map(({ name }) => name)
}
