import { alarmRecordPath } from '../alarms/record.ts'
import { askSink, sinksOf } from '../alarms/sinks.ts'
import type {
  Desired,
  DesiredAlarms,
  DesiredCopy,
  DesiredPair,
  DesiredService,
  DesiredSink,
  Placement,
} from '../model/desired.ts'
import type { Command, GatherRequest, TlsExchange, TlsProbe, TrustQuestion } from '../model/host.ts'
import type { ResolveSecret } from '../model/secret.ts'
import { type ProbeRequest, probeTimeoutMs, resolveProbe } from '../services/probe.ts'
import { askService } from '../services/services.ts'
import { stampPath } from '../services/stamp.ts'

/** A host's request, and what each of its parts was asked for. The order of the parts is the order of the answers. */
export interface Inquiry {
  readonly request: GatherRequest
  readonly services: readonly ServiceInquiry[]
  readonly sinks: readonly SinkInquiry[]
}

/** Where the answers about a service stand among the request's commands, probes and texts. */
export interface ServiceInquiry {
  readonly service: DesiredService
  readonly commands: readonly number[]
  readonly probe?: { readonly kind: ProbeRequest['kind']; readonly index: number }
  readonly stamp: number
  /** One for each address that its probe names. */
  readonly trusts: readonly number[]
  /** The command that says whether it leads. */
  readonly leads?: number
}

export interface SinkInquiry {
  readonly sink: DesiredSink
  readonly ids: readonly string[]
  readonly commands: readonly number[]
}

/** What is wanted of one host. */
export interface HostShare {
  readonly pairs: readonly DesiredPair[]
  readonly services: readonly DesiredService[]
  readonly alarms: readonly DesiredAlarms[]
}

/** Every host's share, in one pass over what may be many hosts' pairs. */
export function shareOut({ hosts, plays }: Desired): ReadonlyMap<string, HostShare> {
  const shares = new Map(
    Object.keys(hosts).map((host) => [
      host,
      { pairs: [] as DesiredPair[], services: [] as DesiredService[], alarms: [] as DesiredAlarms[] },
    ]),
  )
  for (const { pairs, services, alarms } of plays) {
    for (const pair of pairs) for (const { host } of pair.placements) shares.get(host)?.pairs.push(pair)
    for (const service of services) shares.get(service.host)?.services.push(service)
    for (const [host, rules] of Object.entries(alarms)) shares.get(host)?.alarms.push(rules)
  }
  return shares
}

export async function makeInquiry(
  host: string,
  { pairs, services, alarms }: HostShare,
  resolveSecret: ResolveSecret,
): Promise<Inquiry> {
  const commands: Command[] = []
  const probes: TlsProbe[] = []
  const exchanges: TlsExchange[] = []
  const trusts: TrustQuestion[] = []
  const texts = [alarmRecordPath]
  const add = <T>(list: T[], entry: T) => list.push(entry) - 1
  const addProbe = (probe: ProbeRequest) => {
    if (probe.kind === 'tls') return add(probes, probe.probe)
    return probe.kind === 'http' ? add(exchanges, probe.exchange) : add(commands, probe.command)
  }
  const askedServices = services.map((service): ServiceInquiry => {
    const asked = askService(service.manager).map((command) => add(commands, command))
    const probe = resolveProbe(service, pairs)
    const stamp = add(texts, stampPath(service.name))
    const asks = (service.probe?.trust ?? []).map((address) =>
      add(trusts, { ...address, timeoutMs: probeTimeoutMs }),
    )
    return {
      service,
      commands: asked,
      stamp,
      trusts: asks,
      ...(service.leads ? { leads: add(commands, { argv: service.leads, timeoutMs: probeTimeoutMs }) } : {}),
      ...(probe ? { probe: { kind: probe.kind, index: addProbe(probe) } } : {}),
    }
  })
  const ids = [
    ...new Set(
      alarms.flatMap(({ renewal, expiring, expired, rotation }) =>
        [renewal, expiring, expired, rotation].map(({ id }) => id),
      ),
    ),
  ]
  const askedSinks = sinksOf(alarms).map(
    (sink): SinkInquiry => ({
      sink,
      ids,
      commands: askSink(sink, ids).map((command) => add(commands, command)),
    }),
  )
  const files = await listFiles(pairs, host, resolveSecret)
  const request = { ...files, texts, commands, probes, exchanges, trusts }
  return { request, services: askedServices, sinks: askedSinks }
}

async function listFiles(pairs: readonly DesiredPair[], host: string, resolveSecret: ResolveSecret) {
  const certificates = new Set<string>()
  const privateKeys = new Map<string, string | undefined>()
  const owners = new Set<string>()
  const groups = new Set<string>()
  for (const pair of pairs) {
    for (const placement of pair.placements.filter((each) => each.host === host)) {
      for (const { certificate, privateKey } of filesOf(placement)) {
        if (certificate) certificates.add(certificate.path)
        if (privateKey) privateKeys.set(privateKey.path, pair.key.passphrase)
        for (const file of [certificate, privateKey]) {
          if (file?.owner !== undefined) owners.add(file.owner)
          if (file?.group !== undefined) groups.add(file.group)
        }
      }
      const { formerKey } = placement
      if (formerKey && !privateKeys.has(formerKey.path)) privateKeys.set(formerKey.path, pair.key.passphrase)
    }
  }
  return {
    certificates: [...certificates],
    privateKeys: await Promise.all(
      [...privateKeys].map(([path, reference]) => withPassphrase(path, reference, resolveSecret)),
    ),
    owners: [...owners],
    groups: [...groups],
  }
}

/** Main place, copies, and the generations beside an authority. */
function filesOf({ certificate, privateKey, copies, waiting }: Placement): DesiredCopy[] {
  const main = { certificate, ...(privateKey ? { privateKey } : {}) }
  return [main, ...copies, ...(waiting ? [waiting.next, waiting.previous] : [])]
}

/** A passphrase that cannot be had is left out; the key then reads `passphrase-missing`, at its own path. */
async function withPassphrase(path: string, reference: string | undefined, resolve: ResolveSecret) {
  const resolved = reference === undefined ? undefined : await resolve(reference)
  return resolved?.kind === 'secret' ? { path, passphrase: resolved.value } : { path }
}
