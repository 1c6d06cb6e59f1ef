import { type FindHolds, observedHosts } from './hold.ts'

/** Half of a transaction stands there: what is in order may be so by chance. */
export const findStuck: FindHolds = (situation) =>
  observedHosts(situation).flatMap(({ host, stuck }) =>
    stuck === undefined
      ? []
      : [
          {
            held: [{ what: 'host', host }],
            problem: {
              address: `${host}/transaction`,
              host,
              code: 'transaction-stuck',
              message: stuck,
              hint: 'look at what the message names; certwright recover tries again, and says what became of it',
            },
          },
        ],
  )
