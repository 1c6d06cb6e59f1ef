import type { Condition } from '../../src/alarms/condition.ts'
import type { DesiredAlarms } from '../../src/model/desired.ts'

/** What a policy says of alarms, but for what a test changes. */
export function rulesOf(over: Partial<DesiredAlarms> = {}): DesiredAlarms {
  return {
    policy: 'test',
    certificates: [],
    released: [],
    sinks: [],
    raised: true,
    renewal: {
      id: '250.003',
      severity: 'major',
      failed: { reason: 'renewal failed', repair: 'mend it' },
      notUpdated: { reason: 'not updated', repair: 'restart it' },
    },
    expiring: { id: '500.200', severity: 'major', beforeSeconds: 30 * 86_400 },
    expired: { id: '500.210', severity: 'critical' },
    rotation: { id: '500.220', severity: 'minor' },
    ...over,
  }
}

/** Everything is in order. */
export const calm: Condition = {
  host: 'c-0',
  certificates: [],
  authorities: [],
  failures: { renewal: [], service: [] },
  consequences: { renewal: [], service: [] },
  proved: true,
  behind: [],
  seen: true,
  at: new Date('2026-11-23T00:00:00Z'),
}
