// A trust anchor needs a successor, and what the policy wants of the way to it cannot be.
import type { FindHolds, Hold } from './hold.ts'

/** Nothing is held back: nothing of it is begun, and what is there stays in use. */
export const findRefusedRotations: FindHolds = ({ pairs }) =>
  pairs.flatMap(({ pair, rotation, placements }): Hold[] => {
    const [first] = placements
    if (rotation?.refused === undefined || !first) return []
    const { address, host } = first.placement
    return [
      {
        held: [],
        problem: {
          address,
          host,
          code: 'rotation-refused',
          message: `${pair.name} gets no successor: ${rotation.refused}`,
          hint: rotation.phase === 'prepare' ? hints.begin(pair.name) : hints.goOn(pair.name),
          source: pair.source,
        },
      },
    ]
  })

const hints = {
  begin: (name: string) =>
    `certwright rotate PLAYBOOK ${name} --no-overlap --allow authorities=1 exchanges it at once, and all that it has signed; what needs it is down meanwhile`,
  goOn: (name: string) =>
    `put the right files there; or give it up: certwright rotate PLAYBOOK ${name} --back`,
}
