// How a service proves what it uses: a TLS handshake, an HTTPS endpoint or a command, as the policy writes it.
import type { Argv, DesiredProbe, NetworkAddress, PairId } from '../model/desired.ts'
import type { RawService } from './policy.ts'
import { complain, firstSource, type Reading, readTimeout } from './reading.ts'

type RawProbe = NonNullable<RawService['probe']>

/** Finds the pair that a field of the probe names; undefined where it has no place on this host, complained of or not. */
export type FindPair = (name: string, keys: readonly string[]) => PairId | undefined

export function readProbe(
  reading: Reading,
  name: string,
  { probe }: RawService,
  find: FindPair,
): DesiredProbe | undefined | 'failed' {
  if (!probe) return undefined
  const keys = ['services', name, 'probe']
  const delaySeconds = readTimeout(reading, [...keys, 'delay'], probe.delay ?? '1s')
  const deadlineSeconds = readTimeout(reading, [...keys, 'deadline'], probe.deadline ?? '60s')
  const trust = readTrust(reading, [...keys, 'trust'], probe.trust ?? [])
  if (delaySeconds === undefined || deadlineSeconds === undefined || !trust) return 'failed'
  const source = firstSource(reading, keys)
  const common = { source, trust, retries: probe.retries ?? 10, delaySeconds, deadlineSeconds }
  const kinds = (['tls', 'http', 'command'] as const).filter((kind) => probe[kind] !== undefined)
  if (kinds.length !== 1) {
    const message = 'a probe is one of "tls", "http" or "command"'
    complain(reading, keys, { code: 'invalid-probe', message })
    return 'failed'
  }
  const kind = readKind(reading, keys, probe, find)
  return kind === 'failed' ? 'failed' : { ...common, ...kind }
}

type Kind = DistributiveOmit<
  DesiredProbe,
  'source' | 'trust' | 'retries' | 'delaySeconds' | 'deadlineSeconds'
>
type DistributiveOmit<T, K extends keyof T> = T extends unknown ? Omit<T, K> : never

function readKind(
  reading: Reading,
  keys: readonly string[],
  probe: RawProbe,
  find: FindPair,
): Kind | 'failed' {
  if (probe.tls) return readTls(reading, [...keys, 'tls'], probe.tls, find)
  if (probe.http) return readHttp(reading, [...keys, 'http'], probe.http, find)
  return { kind: 'command', argv: probe.command as Argv }
}

function readTls(
  reading: Reading,
  keys: readonly string[],
  { address: text, server_name, present, expect }: NonNullable<RawProbe['tls']>,
  find: FindPair,
): Kind | 'failed' {
  const address = readAddress(reading, [...keys, 'address'], text)
  if (!address) return 'failed'
  const presented = present === undefined ? undefined : find(present, [...keys, 'present'])
  const expected = expect === undefined ? undefined : find(expect, [...keys, 'expect'])
  return {
    kind: 'tls',
    ...address,
    ...(server_name === undefined ? {} : { serverName: server_name }),
    ...(presented === undefined ? {} : { present: presented }),
    ...(expected === undefined ? {} : { expect: expected }),
  }
}

/** Undefined where one of them is none; all that are none are told. */
function readTrust(
  reading: Reading,
  keys: readonly string[],
  texts: readonly string[],
): DesiredProbe['trust'] | undefined {
  const addresses = texts.map((text, index) => readAddress(reading, [...keys, index], text))
  const found = addresses.filter((address) => address !== undefined)
  return found.length === texts.length ? found : undefined
}

function readAddress(
  reading: Reading,
  keys: readonly (string | number)[],
  text: string,
): NetworkAddress | undefined {
  const address = splitAddress(text)
  if (address) return address
  const hint = '"127.0.0.1:2379" or "[::1]:2379"'
  return complain(reading, keys, { code: 'invalid-address', message: `"${text}" is no host:port`, hint })
}

function readHttp(
  reading: Reading,
  keys: readonly string[],
  { url, server_name, status = 200, body, authority, present }: NonNullable<RawProbe['http']>,
  find: FindPair,
): Kind | 'failed' {
  const target = splitUrl(url)
  if (typeof target === 'string') {
    const message = `"${url}" ${target}`
    const hint = '"https://127.0.0.1:6443/readyz"'
    complain(reading, [...keys, 'url'], { code: 'invalid-url', message, hint })
    return 'failed'
  }
  const signer = authority === undefined ? undefined : find(authority, [...keys, 'authority'])
  // Left out, everybody would be believed.
  if (authority !== undefined && signer === undefined) return refuseAuthority(reading, keys, authority)
  if (authority !== undefined && !reading.document.places.has(`/authorities/${authority}`)) {
    const message = `"${authority}" is a certificate, and no authority that could have signed what is served`
    complain(reading, [...keys, 'authority'], { code: 'invalid-probe', message })
    return 'failed'
  }
  const presented = present === undefined ? undefined : find(present, [...keys, 'present'])
  return {
    kind: 'http',
    ...target,
    ...(server_name === undefined ? {} : { serverName: server_name }),
    status: typeof status === 'number' ? [status] : status,
    ...(body === undefined ? {} : { body }),
    ...(signer === undefined ? {} : { authority: signer }),
    ...(presented === undefined ? {} : { present: presented }),
  }
}

function refuseAuthority(reading: Reading, keys: readonly string[], authority: string): 'failed' {
  complain(reading, [...keys, 'authority'], {
    code: 'invalid-probe',
    message: `"${authority}" has no place on this host: what answers there could not be verified`,
    hint: 'leave "authority" out, and nothing is verified; or give the probe a "when"',
  })
  return 'failed'
}

function splitAddress(text: string): NetworkAddress | undefined {
  const [, v6, name, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text) ?? []
  const hostname = v6 ?? name
  const number = Number(port)
  return hostname !== undefined && number > 0 && number < 65_536 ? { hostname, port: number } : undefined
}

/** What completes "URL …" where it is none that can be asked. */
function splitUrl(text: string): { hostname: string; port: number; target: string } | string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || /[\s\p{Cc}]/u.test(text)) return 'is no URL'
  if (url.protocol !== 'https:') return 'is not https: only what speaks TLS is asked'
  if (url.username !== '' || url.password !== '') return 'holds a name or a password'
  if (url.hash !== '') return 'has a fragment, which no server is asked for'
  const port = url.port === '' ? '443' : url.port
  const address = splitAddress(`${url.hostname}:${port}`)
  return address ? { ...address, target: `${url.pathname}${url.search}` } : 'names no host that can be asked'
}
