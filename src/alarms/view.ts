import type { ServiceDifference } from '../model/difference.ts'

/**
 * `planned`: as if everything that the difference plans had been done. `found`: as things are, before anything has been
 * tried: what a plan would do without hindrance is no trouble yet. `left`: as things are after a run.
 */
export type View = 'planned' | 'found' | 'left'

/** By what a service is told, or by having taken up its files; a probe that fails by itself promises nothing. */
export function isToProve({ action, reasons }: ServiceDifference): boolean {
  return action !== 'none' && (action !== 'verify' || reasons.length === 0)
}
