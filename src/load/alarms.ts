import { basename } from 'node:path'
import { controlHost, type DesiredAlarms, type DesiredPair, type DesiredSink } from '../model/desired.ts'
import type { RawPolicy } from './policy.ts'
import { type Reading, readDuration, readPath, readTimeout } from './reading.ts'

/** What holds where a policy says nothing: StarlingX's own numbers, and words that are true of any host. */
const catalogue = {
  renewal: {
    id: '250.003',
    severity: 'major',
    failed: {
      reason: 'Certificates of this host could not be renewed or brought into order.',
      repair: 'Mend what is named; certwright plan says more.',
    },
    notUpdated: {
      reason: 'Certificates of this host are in order, but not all services use them.',
      repair: 'Restart the services that are named; certwright plan says more.',
    },
  },
  expiring: { id: '500.200', severity: 'major', before: '30d' },
  expired: { id: '500.210', severity: 'critical' },
  // StarlingX has no such alarm; its next id about certificates that is free.
  rotation: { id: '500.220', severity: 'minor' },
} as const

const faultManagerClient = '/usr/local/bin/fmClientCli'
const defaultTimeout = '10s'

export function readAlarms(
  reading: Reading,
  policy: RawPolicy,
  given: Pick<DesiredAlarms, 'certificates' | 'released'>,
): DesiredAlarms | undefined {
  const alarms = policy.alarms === 'none' ? {} : policy.alarms
  const expiring = { ...catalogue.expiring, ...alarms?.expiring }
  const beforeSeconds = readDuration(reading, ['alarms', 'expiring', 'before'], expiring.before)
  const sinks = (alarms?.sinks ?? []).flatMap((sink, index): (DesiredSink | undefined)[] => {
    if (sink.type === 'file') return []
    const keys = ['alarms', 'sinks', index]
    const client = readPath(reading, [...keys, 'client'], sink.client ?? faultManagerClient)
    const timeoutSeconds = readTimeout(reading, [...keys, 'timeout'], sink.timeout ?? defaultTimeout)
    return client === undefined || timeoutSeconds === undefined
      ? [undefined]
      : [{ type: sink.type, client, timeoutSeconds }]
  })
  const valid = sinks.filter((sink) => sink !== undefined)
  if (beforeSeconds === undefined || valid.length < sinks.length) return undefined
  const { id, severity } = expiring
  return {
    policy: basename(reading.document.path).replace(/\.(ya?ml|json)$/, ''),
    ...given,
    raised: policy.alarms !== 'none',
    sinks: valid,
    renewal: {
      id: alarms?.renewal?.id ?? catalogue.renewal.id,
      severity: alarms?.renewal?.severity ?? catalogue.renewal.severity,
      failed: { ...catalogue.renewal.failed, ...alarms?.renewal?.failed },
      notUpdated: { ...catalogue.renewal.notUpdated, ...alarms?.renewal?.not_updated },
    },
    expiring: { id, severity, beforeSeconds },
    expired: { ...catalogue.expired, ...alarms?.expired },
    rotation: { ...catalogue.rotation, ...alarms?.rotation },
  }
}

/** What fails on the control node is told there, in the file that is always there: it knows no sink of the hosts. */
export function addControl(
  alarms: Readonly<Record<string, DesiredAlarms>>,
  pairs: readonly DesiredPair[],
): Readonly<Record<string, DesiredAlarms>> {
  const [first] = Object.values(alarms)
  const certificates = listCertificates(pairs, controlHost)
  if (!first || certificates.length === 0 || alarms[controlHost]) return alarms
  return { ...alarms, [controlHost]: { ...first, certificates, sinks: [] } }
}

/** The paths of what is looked after on a host, copies aside. */
export function listCertificates(pairs: readonly DesiredPair[], host: string): string[] {
  const placements = pairs.flatMap((pair) => pair.placements.filter((each) => each.host === host))
  return [...new Set(placements.map(({ certificate }) => certificate.path))].sort()
}
