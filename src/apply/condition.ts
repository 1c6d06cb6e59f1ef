// What the alarms of one host follow from, after everything else has been done.
// In: the run and a second look. Out: a Condition. May not: ask or tell anybody anything.
import type { Condition } from '../alarms/compute.ts'
import { describeProblems, listCertificates } from '../alarms/condition.ts'
import type { Difference } from '../model/difference.ts'
import type { Run } from './context.ts'

/** State, not events: what still differs counts as much as what failed in this run. */
export function observeCondition(run: Run, host: string, difference: Difference, at: Date): Condition {
  const failures = run.failures.get(host) ?? { renewal: [], service: [] }
  const owed = difference.pairs.flatMap(({ pair, issue, withheld, placements }) =>
    placements
      .filter(({ placement }) => placement.host === host)
      .flatMap(({ files }) => {
        const pending = files.some(({ write, withheld: waits }) => write !== 'nothing' || waits !== undefined)
        const reasons = files.flatMap((file) => file.reasons)
        const codes = [...((issue ?? withheld)?.reasons ?? []), ...reasons].map(({ code }) => code)
        return pending ? [`${pair.name}: ${[...new Set(codes)].join(', ')}`] : []
      }),
  )
  const problems = describeProblems(host, difference)
  const services = difference.services.filter(({ service }) => service.host === host)
  const waiting = services.flatMap(({ service, reasons }) =>
    reasons.length > 0 ? [`${service.name}: ${reasons.map(({ message }) => message).join(', ')}`] : [],
  )
  return {
    host,
    certificates: listCertificates(host, difference, false),
    renewalFailures: firstOf(failures.renewal, problems, owed),
    serviceFailures: firstOf(failures.service, problems.length > 0 ? [] : waiting),
    proved: services.every(({ proved }) => proved),
    at,
  }
}

/** What failed explains best, then what stops the host; what merely still differs is told where nothing else is known. */
function firstOf(...causes: readonly (readonly string[])[]): readonly string[] {
  return causes.find((each) => each.length > 0) ?? []
}
