// The services of an expanded policy on one host, in dependency order.
import { formatAddress } from '../model/address.ts'
import type { DesiredPair, DesiredService, PairId, ServiceManager } from '../model/desired.ts'
import type { RawPolicy, RawService } from './policy.ts'
import { readProbe } from './probes.ts'
import { complain, complainOfEntry, firstSource, type Reading, readTimeout } from './reading.ts'
import { suggestOrList } from './suggest.ts'

interface ServiceReading extends Reading {
  readonly host: string
  readonly pairs: PairIndex
}

/** The pairs of a play, to be found by name and host. */
export interface PairIndex {
  readonly names: readonly string[]
  readonly find: (name: string, host: string) => PairId | undefined
}

export function indexPairs(pairs: readonly DesiredPair[]): PairIndex {
  const ids = new Map<string, PairId>()
  for (const { id, name, placements } of pairs)
    for (const { host } of placements) ids.set(`${host} ${name}`, id)
  return {
    names: [...new Set(pairs.map(({ name }) => name))],
    find: (name, host) => ids.get(`${host} ${name}`),
  }
}

export function readServices(reading: ServiceReading, policy: RawPolicy): DesiredService[] {
  const raw = policy.services ?? {}
  return orderServices(reading, raw).flatMap((name) => {
    const service = raw[name]
    const read = service && readService(reading, name, service)
    return read ? [read] : []
  })
}

function orderServices(reading: ServiceReading, services: Readonly<Record<string, RawService>>): string[] {
  const ordered: string[] = []
  const visit = (name: string, path: readonly string[]): void => {
    if (ordered.includes(name)) return
    if (path.includes(name)) {
      const chain = [...path.slice(path.indexOf(name)), name].join(' → ')
      complain(reading, ['services', name, 'after'], {
        code: 'service-cycle',
        message: `services wait for each other: ${chain}`,
      })
      return
    }
    for (const [index, before] of (services[name]?.after ?? []).entries()) {
      if (services[before]) visit(before, [...path, name])
      else if (!reading.document.places.has(`/services/${before}`))
        complain(reading, ['services', name, 'after', index], {
          code: 'unknown-service',
          message: `there is no service "${before}"`,
          hint: suggestOrList(before, Object.keys(services)),
        })
    }
    if (!ordered.includes(name)) ordered.push(name)
  }
  for (const name of Object.keys(services)) visit(name, [])
  return ordered
}

function readService(reading: ServiceReading, name: string, raw: RawService): DesiredService | undefined {
  const manager = readManager(reading, name, raw)
  const probe = readProbe(reading, name, raw, (pair, keys) => findPair(reading, pair, keys))
  const uses = Object.entries(raw.uses ?? {}).flatMap(([pair, effect]) => {
    const id = findPair(reading, pair, ['services', name, 'uses', pair])
    return id === undefined ? [] : [{ pair: id, effect }]
  })
  if (!manager || probe === 'failed') return undefined
  for (const { effect } of uses) checkEffect(reading, name, manager, effect)
  return {
    address: formatAddress(reading.host, 'service', name),
    host: reading.host,
    name,
    source: firstSource(reading, ['services', name]),
    manager,
    singleton: raw.singleton ?? false,
    ...(raw.leads ? { leads: raw.leads } : {}),
    after: raw.after ?? [],
    uses,
    ...(probe ? { probe } : {}),
  }
}

/** The pair of this name that has a place on this host. */
function findPair(
  { pairs, host, ...reading }: ServiceReading,
  name: string,
  keys: readonly string[],
): string | undefined {
  const found = pairs.find(name, host)
  if (found !== undefined) return found
  // Left out by its own `when` on this host: then nothing is used there.
  if (
    reading.document.places.has(`/certificates/${name}`) ||
    reading.document.places.has(`/authorities/${name}`)
  )
    return undefined
  const complaint = {
    code: 'unknown-certificate',
    message: `there is no certificate or authority "${name}"`,
    hint: suggestOrList(name, pairs.names),
  }
  return complain(reading, keys, complaint)
}

const defaultTimeoutSeconds = 60

function readManager(
  reading: Reading,
  name: string,
  { manager, unit, command }: RawService,
): ServiceManager | undefined {
  if (manager === 'none') return { kind: 'none' }
  if (manager === 'systemd')
    return { kind: 'systemd', unit: unit ?? (name.includes('.') ? name : `${name}.service`) }
  if (!command) {
    const hint = 'command: { restart: [program, argument], is_active: [program, argument] }'
    return complainOfEntry(reading, 'services', name, {
      code: 'missing-key',
      message: `${name} needs "command" for its manager`,
      hint,
    })
  }
  const seconds =
    command.timeout === undefined
      ? defaultTimeoutSeconds
      : readTimeout(reading, ['services', name, 'command', 'timeout'], command.timeout)
  if (seconds === undefined) return undefined
  const argv = (key: string, value: readonly string[] | undefined) => (value ? { [key]: value } : {})
  return {
    kind: 'command',
    timeoutSeconds: seconds,
    ...argv('restart', command.restart),
    ...argv('reload', command.reload),
    ...argv('isActive', command.is_active),
    ...argv('uptime', command.uptime),
  }
}

function checkEffect(
  reading: Reading,
  name: string,
  manager: ServiceManager,
  effect: 'hot' | 'reload' | 'restart',
): void {
  if (manager.kind !== 'command' || effect === 'hot' || manager[effect]) return
  const message = `${name} has to ${effect}, and its command manager has no "${effect}"`
  complain(reading, ['services', name, 'command'], {
    code: 'missing-key',
    message,
    hint: `command: { ${effect}: [program, argument] }`,
  })
}
