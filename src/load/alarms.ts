import { basename } from 'node:path'
import type { DesiredAlarms, DesiredSink } from '../model/desired.ts'
import type { RawPolicy } from './policy.ts'
import { type Reading, readDuration, readPath, readTimeout } from './reading.ts'

/** What holds where a policy says nothing: StarlingX's own numbers. */
const catalogue = {
  renewal: { id: '250.003', severity: 'major' },
  expiring: { id: '500.200', severity: 'major', before: '30d' },
  expired: { id: '500.210', severity: 'critical' },
} as const

const faultManagerClient = '/usr/local/bin/fmClientCli'
const defaultTimeout = '10s'

export function readAlarms(reading: Reading, { alarms }: RawPolicy): DesiredAlarms | undefined {
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
    sinks: valid,
    renewal: { ...catalogue.renewal, ...alarms?.renewal },
    expiring: { id, severity, beforeSeconds },
    expired: { ...catalogue.expired, ...alarms?.expired },
  }
}
