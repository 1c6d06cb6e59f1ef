import type { FailedHost } from '../model/result.ts'

const sentences = {
  'put-back': 'put back: what belongs to the service that failed is as it was before',
  untouched: 'never touched: nothing was replaced there',
  kept: 'kept: what this run installed there stays',
} as const

/** One line: in which state a failure left a host, what is still owed there, and why nothing was put back. */
export function describeAftermath({ host, files, owed, why }: FailedHost): string {
  const owing = owed.length === 0 ? '' : `; still to be told: ${owed.join(', ')}`
  return `${host}: ${sentences[files]}${owing}${why === undefined ? '' : `; not rolled back: ${why}`}`
}
