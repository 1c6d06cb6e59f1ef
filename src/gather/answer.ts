import { parseAlarmRecord } from '../alarms/record.ts'
import { parseSink } from '../alarms/sinks.ts'
import type {
  HostActual,
  ManagerFact,
  ProbeFact,
  ServiceFact,
  SinkFact,
  StandingAlarm,
} from '../model/actual.ts'
import type { GatherAnswer, TextFact } from '../model/host.ts'
import { judgeProbe } from '../services/probe.ts'
import { parseService } from '../services/services.ts'
import { isReached, parseStamp, type Stamp, stampPath } from '../services/stamp.ts'
import type { Inquiry, ServiceInquiry, SinkInquiry } from './inquiry.ts'

/** A host's answers, put back to what they were asked for. Pure. */
export function readAnswer(
  host: string,
  inquiry: Inquiry,
  answer: GatherAnswer,
  asked: { readonly fromMs: number; readonly toMs: number },
): HostActual {
  const { request } = inquiry
  const services = inquiry.services.map((asked) => [asked.service.name, readService(asked, answer)] as const)
  return {
    kind: 'observed',
    host,
    ...(answer.machine === undefined ? {} : { machine: answer.machine }),
    clockMs: answer.clockMs,
    clockAheadMs: measureClock(answer.clockMs, asked),
    certificates: zip(request.certificates, answer.certificates),
    privateKeys: zip(
      request.privateKeys.map(({ path }) => path),
      answer.privateKeys,
    ),
    missingFolders: answer.missingFolders,
    disks: answer.disks,
    unknownOwners: answer.unknownOwners,
    managesOwnership: answer.managesOwnership,
    ...(answer.worksAs === undefined ? {} : { worksAs: answer.worksAs }),
    interrupted: answer.interrupted,
    ...(answer.stuck === undefined ? {} : { stuck: answer.stuck }),
    services: Object.fromEntries(services),
    ...readRecord(answer.texts[0]),
    sinks: inquiry.sinks.map((asked) => readSink(asked, answer)),
  }
}

/** The host looked at its clock at some moment between question and answer. */
function measureClock(clockMs: number, { fromMs, toMs }: { fromMs: number; toMs: number }): number {
  if (clockMs < fromMs) return clockMs - fromMs
  return Math.max(0, clockMs - toMs)
}

function zip<T>(keys: readonly string[], values: readonly T[]): Record<string, T> {
  return Object.fromEntries(keys.flatMap((key, index) => (values[index] ? [[key, values[index]]] : [])))
}

function readService(asked: ServiceInquiry, answer: GatherAnswer): ServiceFact {
  const outcomes = asked.commands.flatMap((index) => answer.commands[index] ?? [])
  const fact = parseService(asked.service.manager, outcomes, answer.clockMs)
  const probe = readProbe(asked, answer)
  const stamp = readStamp(answer.texts[asked.stamp])
  const { name } = asked.service
  return {
    ...readStart(fact, stamp?.ms, name, answer.clockMs),
    ...(stamp?.begun ? { begun: { ...stamp.begun, path: stampPath(name) } } : {}),
    ...(probe ? { probe } : {}),
    ...(asked.trusts.length > 0
      ? { trust: asked.trusts.flatMap((index) => answer.trusts[index] ?? []) }
      : {}),
    ...readLeads(asked, answer),
  }
}

/** The clock is read first, and a manager asked after it may tell of a start in between. */
const askedWithinMs = 5000

/** The latest start that can be true; and one that cannot, a stamp before a start, because a stamp is evidence about the clock. */
function readStart(
  { startedMs, ...fact }: ManagerFact,
  stampMs: number | undefined,
  service: string,
  clockMs: number,
): ManagerFact {
  const mayBe = startedMs !== undefined && isReached(startedMs, clockMs + askedWithinMs)
  const isStamped = stampMs !== undefined && isReached(stampMs, clockMs)
  const known = latest(mayBe ? Math.min(startedMs, clockMs) : undefined, isStamped ? stampMs : undefined)
  const future =
    stampMs !== undefined && !isStamped
      ? { ms: stampMs, path: stampPath(service) }
      : startedMs !== undefined && !mayBe && { ms: startedMs }
  return { ...fact, ...(known === undefined ? {} : { startedMs: known }), ...(future ? { future } : {}) }
}

/** When certwright last restarted or reloaded the service, with success or without: what no manager can tell. */
function readStamp(text: TextFact | undefined): Stamp | undefined {
  return text?.kind === 'text' ? parseStamp(text.text) : undefined
}

function latest(...instants: (number | undefined)[]): number | undefined {
  const known = instants.filter((instant) => instant !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

function readProbe({ service, probe }: ServiceInquiry, answer: GatherAnswer): ProbeFact | undefined {
  return probe && service.probe && judgeProbe(service.probe, answer, probe.index)
}

/** It leads or it does not, where its command has come to an end by itself. */
function readLeads({ leads }: ServiceInquiry, { commands }: GatherAnswer): Pick<ServiceFact, 'leads'> {
  const outcome = leads === undefined ? undefined : commands[leads]
  return outcome?.kind === 'exited' ? { leads: outcome.exitCode === 0 } : {}
}

function readRecord(text: TextFact | undefined): { alarms: StandingAlarm[]; alarmsUnreadable?: string } {
  if (!text) return { alarms: [] }
  if (text.kind === 'unreadable') return { alarms: [], alarmsUnreadable: text.detail }
  const record = parseAlarmRecord(text.text)
  return record.kind === 'record'
    ? { alarms: [...record.alarms] }
    : { alarms: [], alarmsUnreadable: record.detail }
}

function readSink({ sink, ids, commands }: SinkInquiry, answer: GatherAnswer): SinkFact {
  return parseSink(
    sink,
    ids,
    commands.map((index) => answer.commands[index]),
  )
}
