// Facts as a file: what `certwright facts` writes and `plan --facts` reads. Pure. It holds no secret, because Actual holds none.
import type {
  Actual,
  CertificateFact,
  CertificateFile,
  HostActual,
  HostUnreachable,
  PrivateKeyFact,
  ProbeFact,
  ServiceFact,
} from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import type { Desired } from '../model/desired.ts'
import { toCamelCase, toSnakeCase } from '../model/snake-case.ts'
import { parseCertificates } from '../x509/parse.ts'

/**
 * A JSON value as schemas/facts.schema.json has it. `dataFolder`: where whoever records keeps authorities' keys, if that
 * is another place than root's; files that are recorded there are looked for there by whoever plans from it.
 */
export function toRecording(actual: Actual, recordedAt: Date, dataFolder?: string): object {
  const hosts = Object.values(actual.hosts).map((host) =>
    host.kind === 'observed' ? toRecordedHost(host) : host,
  )
  const folder = dataFolder === undefined ? {} : { dataFolder }
  return toSnakeCase({ formatVersion: '1.0', recordedAt: recordedAt.toISOString(), ...folder, hosts })
}

/** Names and paths stand in values, and a certificate is its PEM: all the rest follows from that. */
function toRecordedHost({ certificates, privateKeys, services, ...host }: HostActual): object {
  return {
    ...host,
    certificates: entries(certificates, 'path').map(withPem),
    privateKeys: entries(privateKeys, 'path'),
    services: entries(services, 'name').map(({ probe, ...service }) => ({
      ...service,
      ...(probe === undefined ? {} : { probe: withPem(probe) }),
    })),
  }
}

function entries<T extends object, K extends string>(record: Readonly<Record<string, T>>, key: K) {
  return Object.entries(record).map(
    ([name, value]) => ({ [key]: name, ...value }) as T & Readonly<Record<K, string>>,
  )
}

function withPem(fact: object): object {
  const { certificates, ...rest } = fact as { certificates?: readonly Certificate[] }
  return certificates ? { ...rest, pem: certificates.map(({ pem }) => pem).join('') } : fact
}

type Named<T, K extends string> = T & Readonly<Record<K, string>>
type Pem<T> = T extends { certificates: unknown } ? Omit<T, 'certificates'> & { readonly pem: string } : T

interface RecordedHost extends Omit<HostActual, 'certificates' | 'privateKeys' | 'services'> {
  readonly certificates: readonly Named<Pem<CertificateFact>, 'path'>[]
  readonly privateKeys: readonly Named<PrivateKeyFact, 'path'>[]
  readonly services: readonly (Named<Omit<ServiceFact, 'probe'>, 'name'> & {
    readonly probe?: Pem<ProbeFact>
  })[]
}

/** What a recording says of the hosts that are wanted, and every gap in it: of what it does not know nothing can be planned. */
export interface Recording {
  readonly recordedAt: string
  readonly actual: Actual
  readonly problems: readonly string[]
}

export function findDataFolder(value: object): string | undefined {
  return (toCamelCase(value) as { dataFolder?: string }).dataFolder
}

/** `value`: as schemas/facts.schema.json lets it through. */
export function openRecording(desired: Desired, value: object): Recording {
  const { recordedAt, hosts } = toCamelCase(value) as {
    recordedAt: string
    hosts: readonly (RecordedHost | HostUnreachable)[]
  }
  const wanted = hosts.filter(({ host }) => desired.hosts[host])
  try {
    const found = wanted.map((host) => (host.kind === 'observed' ? fromRecordedHost(host) : host))
    const actual = { hosts: Object.fromEntries(found.map((host) => [host.host, host])) }
    return { recordedAt, actual, problems: findGaps(desired, actual) }
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error
    return { recordedAt, actual: { hosts: {} }, problems: [error.message] }
  }
}

class RecordingError extends Error {
  override readonly name = 'RecordingError'
}

function fromRecordedHost({ certificates, privateKeys, services, ...host }: RecordedHost): HostActual {
  return {
    ...host,
    certificates: Object.fromEntries(
      certificates.map(({ path, ...fact }) => [path, readCertificate(fact, `${host.host}: ${path}`)]),
    ),
    privateKeys: Object.fromEntries(privateKeys.map(({ path, ...fact }) => [path, fact as PrivateKeyFact])),
    services: Object.fromEntries(
      services.map(({ name, probe, ...service }) => [
        name,
        { ...service, ...(probe === undefined ? {} : { probe: readProbe(probe, `${host.host}: ${name}`) }) },
      ]),
    ),
  }
}

function readCertificate(fact: object, where: string): CertificateFact {
  const { pem, ...rest } = fact as { pem?: string }
  return (pem === undefined ? rest : { ...rest, certificates: parsePem(pem, where) }) as CertificateFact
}

function readProbe(probe: Pem<ProbeFact>, where: string): ProbeFact {
  if (probe.kind !== 'served') return probe
  const { pem, ...rest } = probe
  return { ...rest, certificates: parsePem(pem, where) }
}

function parsePem(pem: string, where: string): CertificateFile['certificates'] {
  const parsed = parseCertificates(Buffer.from(pem))
  if (parsed.kind === 'certificates') return parsed.certificates
  throw new RecordingError(`${where} ${parsed.detail}`)
}

function findGaps({ hosts, plays }: Desired, { hosts: recorded }: Actual): string[] {
  const missing = Object.keys(hosts).filter((host) => !recorded[host])
  const files = plays.flatMap(({ pairs }) =>
    pairs.flatMap(({ placements }) =>
      placements.flatMap(({ host, certificate, privateKey, copies, waiting }) => {
        const fact = recorded[host]
        if (fact?.kind !== 'observed') return []
        const all = [{ certificate, privateKey }, ...copies, ...Object.values(waiting ?? {})]
        return all.flatMap((each) => [
          ...(each.certificate && !fact.certificates[each.certificate.path]
            ? [`${host}: ${each.certificate.path}`]
            : []),
          ...(each.privateKey && !fact.privateKeys[each.privateKey.path]
            ? [`${host}: ${each.privateKey.path}`]
            : []),
        ])
      }),
    ),
  )
  const services = plays.flatMap((play) =>
    play.services.flatMap(({ host, name }) => {
      const fact = recorded[host]
      return fact?.kind === 'observed' && !fact.services[name] ? [`${host}: service ${name}`] : []
    }),
  )
  return [...missing, ...new Set(files), ...services].map((what) => `nothing was recorded of ${what}`)
}
