// What an answer about canaries has to look like, and what both kinds of host say of them. Pure.
import { type CanaryFact, type CanaryRequest, HostError } from '../model/host.ts'

/** A server that takes everybody has not taken the canary: nothing is proved. */
export const unasked = 'it asks for no client certificate'

export const unusable = "the canary's certificate and key cannot be presented"

export function checkCanaries(
  { canaries }: CanaryRequest,
  facts: readonly CanaryFact[],
): readonly CanaryFact[] {
  if (facts.length !== canaries.length)
    throw new HostError(`it answers ${facts.length} of ${canaries.length} canaries`, true)
  for (const fact of facts) {
    const isExplained = ['refused', 'failed'].includes(fact.kind) && 'detail' in fact
    if (fact.kind !== 'accepted' && !isExplained)
      throw new HostError('what it says of a canary is no answer', true)
  }
  return facts
}
