import type { FindHolds } from './hold.ts'

/** A bug must not pass for a host that is away. */
export const findAnswers: FindHolds = ({ actual }) =>
  Object.values(actual.hosts).flatMap((host) =>
    host.kind === 'unreachable' && host.why === 'unexpected'
      ? [
          {
            held: [],
            problem: {
              address: `${host.host}/answer`,
              host: host.host,
              code: 'unexpected',
              message: host.detail,
              hint: 'please report it, with what the message says; look at what else that host answers',
            },
          },
        ]
      : [],
  )
