// What hosts keep of the keys that an authority had before: found, and destroyed when somebody has asked for that.
import { nameRun } from '../apply/lock.ts'
import type { AuditEvent } from '../model/audit.ts'
import { controlHost, type DesiredPair } from '../model/desired.ts'
import { type Host, HostError } from '../model/host.ts'
import { line, type Shown } from '../report/shown.ts'
import { recordRun } from './audit-run.ts'
import type { ApplyOptions } from './carry-out.ts'
import { confirm } from './confirm.ts'
import { chooseExitCode, exitCodes } from './exit-code.ts'
import { asLines, printData, tell } from './output.ts'
import type { Session } from './session.ts'

/** Generations of a host that hold a key which is no longer the authority's. */
interface KeptKeys {
  readonly host: string
  readonly generations: readonly string[]
}

export interface Missed {
  readonly host: string
  readonly detail: string
  readonly exitCode: number
}

/** `missed`: what is kept there is not known, or still there. */
export interface OldKeys {
  readonly kept: readonly KeptKeys[]
  readonly missed: readonly Missed[]
}

/** Wherever the authority is held; a host that another run holds, or that `--limit` leaves out, is not asked. */
export async function findOldKeys(session: Session, anchors: readonly DesiredPair[]): Promise<OldKeys> {
  const paths = pathsByHost(anchors)
  const answers = await Promise.all(
    [...paths].map(async ([name, own]): Promise<OldKeys> => {
      const host = session.hosts[name]
      const left = whyLeft(session, name)
      if (!host || left) return { kept: [], missed: left ? [left] : [] }
      return ask(host, async () => ({ host: name, generations: await host.findSuperseded(own) }))
    }),
  )
  const { kept, missed } = join(answers)
  return { kept: kept.filter(({ generations }) => generations.length > 0), missed }
}

/** Every place where one of its keys is, or was on the way of a rotation. */
function pathsByHost(anchors: readonly DesiredPair[]): Map<string, string[]> {
  const paths = new Map<string, string[]>()
  for (const { host, privateKey, copies, waiting } of anchors.flatMap(({ placements }) => placements)) {
    const files = [privateKey, waiting?.next.privateKey, waiting?.previous.privateKey]
    const all = [...files, ...copies.map((copy) => copy.privateKey)].flatMap((file) =>
      file ? [file.path] : [],
    )
    if (all.length > 0) paths.set(host, [...(paths.get(host) ?? []), ...all])
  }
  return paths
}

function whyLeft({ desired, held, unlocked }: Session, host: string): Missed | undefined {
  const by = held.get(host)
  if (by !== undefined) return { host, detail: `another run holds it: ${by}`, exitCode: exitCodes.locked }
  if (desired.readOnlyHosts.includes(host))
    return { host, detail: '--limit leaves it out', exitCode: exitCodes.needsHuman }
  return unlocked.has(host)
    ? { host, detail: 'it could not be locked', exitCode: exitCodes.needsHuman }
    : undefined
}

async function ask({ name }: Host, work: () => Promise<KeptKeys>): Promise<OldKeys> {
  try {
    return { kept: [await work()], missed: [] }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    const exitCode = error.unreachable ? exitCodes.unreachable : exitCodes.needsHuman
    return { kept: [], missed: [{ host: name, detail: error.message, exitCode }] }
  }
}

function join(answers: readonly OldKeys[]): OldKeys {
  return { kept: answers.flatMap(({ kept }) => kept), missed: answers.flatMap(({ missed }) => missed) }
}

/** Asks first. What is returned has been destroyed, and is told; undefined: nobody said yes. */
export async function destroyOldKeys(
  session: Session,
  anchors: readonly DesiredPair[],
  options: ApplyOptions,
): Promise<OldKeys | undefined> {
  const name = anchors[0]?.name ?? ''
  const found = await findOldKeys(session, anchors)
  const say = options.format === 'text' ? printData : tell
  say(describeOldKeys(name, found))
  if (found.kept.length === 0) return found
  if (!options.autoApprove && !(await confirm(line`Destroy what is kept of it?`))) {
    tell(line`It is kept.`)
    return undefined
  }
  const destroyed = await destroyAll(session, found, options)
  for (const { host, generations } of destroyed.kept) say(line`${host}: destroyed ${generations.join(', ')}`)
  for (const { host, detail } of destroyed.missed)
    tell(line`error: ${host}: not all of it is destroyed and written down: ${detail}`)
  return destroyed
}

/** Written down before anything is touched, or nothing is. */
async function destroyAll(session: Session, found: OldKeys, options: ApplyOptions): Promise<OldKeys> {
  const run = nameRun(new Date())
  const eventsFor = (kept: readonly KeptKeys[], outcome: AuditEvent['outcome']) =>
    kept.flatMap((each) => eventsOf(each, outcome, run, options))
  let destroyed: OldKeys = { kept: [], missed: found.missed }
  const work = recordRun(session.audit, run, async (record) => {
    await record(eventsFor(found.kept, 'planned'))
    destroyed = await forgetAll(session, found)
    const isDone = ({ host }: KeptKeys) => destroyed.kept.some((each) => each.host === host)
    const failed = found.kept.filter((each) => !isDone(each))
    await record([...eventsFor(destroyed.kept, 'done'), ...eventsFor(failed, 'failed')])
    return chooseExitCode(destroyed.missed.map(({ exitCode }) => exitCode))
  })
  const fault = await work.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof HostError) return error.message
      throw error
    },
  )
  if (fault === undefined) return destroyed
  const unwritten = { host: controlHost, detail: fault, exitCode: exitCodes.needsHuman }
  return { ...destroyed, missed: [...destroyed.missed, unwritten] }
}

async function forgetAll({ hosts }: Session, { kept, missed }: OldKeys): Promise<OldKeys> {
  const done = await Promise.all(
    kept.map(async (each): Promise<OldKeys> => {
      const host = hosts[each.host]
      if (!host) return { kept: [], missed: [] }
      return ask(host, async () => {
        await host.forget(each.generations)
        return each
      })
    }),
  )
  return join([...done, { kept: [], missed }])
}

function eventsOf(
  { host, generations }: KeptKeys,
  outcome: AuditEvent['outcome'],
  run: string,
  { at }: Pick<ApplyOptions, 'at'>,
): AuditEvent[] {
  return generations.map((id) => ({
    kind: 'change',
    run,
    at: at.toISOString(),
    host,
    address: `${host}/generation/${id}`,
    action: 'destroy',
    paths: [],
    old: null,
    new: null,
    reasons: [],
    outcome,
    detail: 'it held a key that the authority had before',
  }))
}

export function describeOldKeys(name: string, { kept, missed }: OldKeys): Shown {
  const unknown = missed.map(({ host, detail }) => `  ${host}: not known, ${detail}`)
  if (kept.length === 0)
    return asLines(`No host that could be asked keeps a key that ${name} had before.`, ...unknown)
  return asLines(
    `Generations that are kept, and hold a key that ${name} had before:`,
    ...kept.map(({ host, generations }) => `  ${host}: ${generations.join(', ')}`),
    ...unknown,
    'They go as a whole and for good; certwright rollback cannot go back to them any more.',
  )
}
