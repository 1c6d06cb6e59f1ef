// Everything that is asked of a host, in one round trip.
import { isIP } from 'node:net'
import { dirname } from 'node:path'
import type { DiskFact } from '../../model/actual.ts'
import type { GatherAnswer, GatherRequest, TlsExchange, TlsProbe } from '../../model/host.ts'
import { HostError } from '../../model/host.ts'
import { formatHostPort } from '../../model/host-port.ts'
import { findServerName } from '../../x509/asked-name.ts'
import { nameMachine } from '../machine.ts'
import { askTrust, judgeTrust } from '../s-client.ts'
import { idOf, isGeneration } from '../transaction/generations.ts'
import type { Connection, Records } from './connection.ts'
import { readDiskFact, readHere } from './disks.ts'
import {
  decode,
  type Fields,
  readCertificateFact,
  readCommandOutcome,
  readExchangeFact,
  readMilliseconds,
  readPrivateKeyFact,
  readProbeFact,
  readTextFact,
} from './facts.ts'
import { locate } from './paths.ts'
import { makeScript, type Script } from './script.ts'

export async function gather(
  connection: Connection,
  root: string,
  state: string,
  request: GatherRequest,
): Promise<GatherAnswer> {
  const { certificates, privateKeys, texts, owners, groups, probes, exchanges, trusts } = request
  // Whom a server trusts is asked by commands, behind those that were asked for.
  const commands = [...request.commands, ...trusts.map(askTrust)]
  const script = makeScript()
  script.add('preflight')
  script.add('clock')
  script.add('below', root)
  script.add('rooted')
  script.add('whereabouts')
  script.add('whoever')
  script.add('machine')
  script.add('interrupted', state)
  const looked = [...certificates, ...privateKeys.map(({ path }) => path), ...texts]
  // A path with the survey's own separators is looked at by itself.
  const plain = looked.filter((path) => !/[|\n]/.test(path))
  if (plain.length > 0 && !/[|\n]/.test(root)) script.add('survey', ...plain)
  const asks = [
    ...certificates.map((path, index) => ({
      path,
      ask: () => script.add('whole', 'certificate', index, path),
    })),
    ...privateKeys.map(({ path, passphrase }, index) => ({
      path,
      ask: () => script.add('key', index, path, script.secret(passphrase)),
    })),
    ...texts.map((path, index) => ({ path, ask: () => script.add('whole', 'text', index, path) })),
  ]
  // Folder by folder: the way to one is walked once.
  const byFolder = new Map<string, (() => void)[]>()
  for (const { path, ask } of asks) byFolder.set(dirname(path), [...(byFolder.get(dirname(path)) ?? []), ask])
  const homes = [...new Set([...certificates, ...privateKeys.map(({ path }) => path)].map(dirname))]
  for (const [folder, each] of byFolder) {
    if (homes.includes(folder)) script.add('disk', homes.indexOf(folder), folder === '/' ? '' : folder)
    for (const ask of each) ask()
  }
  const names = [
    ...(root === '' ? owners : []).map((name) => ({ database: 'passwd', name, what: `user ${name}` })),
    ...(root === '' ? groups : []).map((name) => ({ database: 'group', name, what: `group ${name}` })),
  ]
  for (const [index, { database, name }] of names.entries()) script.add('known', index, database, name)
  const paths = [...certificates, ...privateKeys.map(({ path }) => path)]
  const folders = foldersAbove(paths)
  for (const [index, folder] of folders.entries()) script.add('missing', index, folder)
  for (const [index, command] of commands.entries()) addCommand(script, index, command)
  for (const [index, probe] of probes.entries()) addProbe(script, index, root, probe)
  for (const [index, each] of exchanges.entries()) addExchange(script, index, root, each)
  const timeoutMs =
    60_000 + [...commands, ...probes, ...exchanges].reduce((sum, each) => sum + each.timeoutMs + 2000, 0)
  const maximumBytes = boundAnswer({ ...request, commands })
  const records = await connection.request(script.text(), {
    payloads: script.payloads,
    timeoutMs,
    maximumBytes,
  })
  const lacking = records.filter(([word]) => word === 'lacks').map(([, tool]) => tool)
  if (lacking.length > 0) throw new HostError(`it lacks ${lacking.join(', ')}: install that first`)
  if (records.some(([word]) => word === 'rootless')) throw new HostError(`${root} is no folder`)
  const answers = (word: string) =>
    new Map(records.filter(([each]) => each === word).map((each) => [Number(each[1]), each]))
  const found = { certificate: answers('certificate'), key: answers('key'), text: answers('text') }
  const ran = answers('run')
  const outcomes = commands.map((_, index) => readCommandOutcome(requireRecord(ran, index)))
  const probed = answers('probe')
  const exchanged = answers('exchange')
  return {
    clockMs: readMilliseconds(records.find(([word]) => word === 'clock')?.[1]),
    ...readMachine(records, root),
    certificates: certificates.map((_, index) =>
      readCertificateFact(requireRecord(found.certificate, index)),
    ),
    privateKeys: privateKeys.map(({ passphrase }, index) =>
      readPrivateKeyFact(requireRecord(found.key, index), passphrase !== undefined),
    ),
    texts: texts.map((path, index) => readTextFact(requireRecord(found.text, index), path)),
    unknownOwners: [...answers('unknown').keys()].map((index) => names[index]?.what ?? ''),
    managesOwnership: root === '',
    ...readUser(records),
    interrupted: records
      .filter(([word]) => word === 'interrupted')
      .map(([, name]) => decode(name).toString('utf8'))
      .filter(isGeneration)
      .map(idOf),
    missingFolders: [...answers('folder').keys()].map((index) => folders[index] ?? ''),
    disks: uniqueDisks(
      [...answers('disk')].map(([index, fields]) =>
        readDiskFact(fields, homes[index] ?? '', readHere(records)),
      ),
    ),
    commands: outcomes.slice(0, request.commands.length),
    probes: probes.map((_, index) => readProbeFact(requireRecord(probed, index))),
    exchanges: exchanges.map((each, index) => readExchangeFact(requireRecord(exchanged, index), each)),
    trusts: outcomes.slice(request.commands.length).map(judgeTrust),
  }
}

/** Of `works-as name`. */
function readUser(records: Records): { readonly worksAs?: string } {
  const name = decode(records.find(([word]) => word === 'works-as')?.[1], 256).toString('utf8')
  return name === '' ? {} : { worksAs: name }
}

/** Of `machine id made`. */
function readMachine(records: Records, root: string): { readonly machine?: string } {
  const [, id, made = ''] = records.find(([word]) => word === 'machine') ?? []
  const text = decode(id, 64).toString('latin1')
  return nameMachine(text, root === '' ? undefined : { top: readHere(records).top, made })
}

const mebibyte = 1024 * 1024

/** What the agent sends at most, in base64: files are 1 MiB, and so are both outputs of a command. */
function boundAnswer(request: GatherRequest): number {
  const { certificates, privateKeys, texts, commands, probes, exchanges } = request
  const files = certificates.length + privateKeys.length + texts.length
  const wanted = 4 + files * 1.5 + commands.length * 3 + probes.length + exchanges.length
  return Math.min(wanted, 64) * mebibyte
}

function uniqueDisks(disks: readonly DiskFact[]): DiskFact[] {
  return [...new Map(disks.map((disk) => [disk.folder, disk])).values()]
}

function requireRecord(records: ReadonlyMap<number, Fields>, index: number): Fields {
  const record = records.get(index)
  if (record) return record
  throw new HostError('it left a question without an answer', true)
}

export function addCommand(
  script: Script,
  index: number,
  { argv, timeoutMs }: GatherRequest['commands'][number],
): void {
  script.add('run', index, timeoutMs / 1000, ...argv)
}

export function addProbe(script: Script, index: number, root: string, probe: TlsProbe): void {
  script.add('probe', index, ...handshake(root, probe), probe.timeoutMs / 1000)
}

function addExchange(script: Script, index: number, root: string, exchange: TlsExchange): void {
  const { hostname, serverName, authority, maximumBytes, timeoutMs, send } = exchange
  const name = serverName ?? hostname
  const trust = authority === undefined ? '-' : locate(root, authority)
  const check = [isIP(name) === 0 ? '-verify_hostname' : '-verify_ip', name]
  const bounds = [maximumBytes, timeoutMs / 1000]
  script.add('exchange', index, ...handshake(root, exchange), trust, ...check, ...bounds, send)
}

/** `ADDRESS SERVERNAME CERTIFICATE KEY`, as the agent takes them. */
function handshake(root: string, probe: TlsProbe): string[] {
  const { client } = probe
  const name = findServerName(probe) ?? '-'
  const files = client ? [locate(root, client.certificate), locate(root, client.privateKey)] : ['-', '-']
  return [formatHostPort(probe), name, ...files]
}

/** Shallowest first. */
function foldersAbove(paths: readonly string[]): string[] {
  const folders = new Set<string>()
  for (const path of paths)
    for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) folders.add(folder)
  return [...folders].sort()
}
