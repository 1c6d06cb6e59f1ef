import { alarmRecordPath } from '../alarms/record.ts'
import { uniqueSinks } from '../alarms/sinks.ts'
import { queryAlarm } from '../alarms/starlingx-fm.ts'
import type { Desired, DesiredPair, DesiredService, DesiredSink } from '../model/desired.ts'
import type { Command, GatherRequest, TlsProbe } from '../model/host.ts'
import type { ResolveSecret } from '../model/secret.ts'
import { resolveProbe } from '../services/probe.ts'
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
  readonly probe?: { readonly kind: 'tls' | 'command'; readonly index: number }
  readonly stamp: number
}

export interface SinkInquiry {
  readonly sink: DesiredSink
  readonly queries: readonly { readonly id: string; readonly command: number }[]
}

export async function makeInquiry(
  desired: Desired,
  host: string,
  resolveSecret: ResolveSecret,
): Promise<Inquiry> {
  const pairs = desired.plays.flatMap((play) => play.pairs)
  const services = desired.plays.flatMap((play) => play.services.filter((service) => service.host === host))
  const alarms = desired.plays.flatMap((play) => play.alarms[host] ?? [])
  const commands: Command[] = []
  const probes: TlsProbe[] = []
  const texts = [alarmRecordPath]
  const add = <T>(list: T[], entry: T) => list.push(entry) - 1
  const askedServices = services.map((service): ServiceInquiry => {
    const asked = askService(service.manager).map((command) => add(commands, command))
    const probe = resolveProbe(service, pairs)
    const stamp = add(texts, stampPath(service.name))
    if (!probe) return { service, commands: asked, stamp }
    const index = probe.kind === 'tls' ? add(probes, probe.probe) : add(commands, probe.command)
    return { service, commands: asked, stamp, probe: { kind: probe.kind, index } }
  })
  const askedSinks = uniqueSinks(alarms).map((sink): SinkInquiry => {
    const ids = new Set(
      alarms.flatMap(({ renewal, expiring, expired }) => [renewal.id, expiring.id, expired.id]),
    )
    return { sink, queries: [...ids].map((id) => ({ id, command: add(commands, queryAlarm(sink, id)) })) }
  })
  const files = await listFiles(pairs, host, resolveSecret)
  return { request: { ...files, texts, commands, probes }, services: askedServices, sinks: askedSinks }
}

async function listFiles(pairs: readonly DesiredPair[], host: string, resolveSecret: ResolveSecret) {
  const certificates = new Set<string>()
  const privateKeys = new Map<string, string | undefined>()
  const owners = new Set<string>()
  const groups = new Set<string>()
  for (const pair of pairs) {
    for (const placement of pair.placements.filter((each) => each.host === host)) {
      for (const { certificate, privateKey } of [placement, ...placement.copies]) {
        if (certificate) certificates.add(certificate.path)
        if (privateKey) privateKeys.set(privateKey.path, pair.key.passphrase)
        for (const file of [certificate, privateKey]) {
          if (file?.owner !== undefined) owners.add(file.owner)
          if (file?.group !== undefined) groups.add(file.group)
        }
      }
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

/** A passphrase that cannot be had is left out; the key then reads `passphrase-missing`, at its own path. */
async function withPassphrase(path: string, reference: string | undefined, resolve: ResolveSecret) {
  const resolved = reference === undefined ? undefined : await resolve(reference)
  return resolved?.kind === 'secret' ? { path, passphrase: resolved.value } : { path }
}
