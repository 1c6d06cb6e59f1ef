import type { Address } from '../model/address.ts'
import type { ServiceTask } from '../model/plan.ts'
import {
  type InstalledTransaction,
  noteFailure,
  openPairs,
  type Run,
  refusal,
  requireHost,
  TaskError,
  type TaskOutcome,
} from './context.ts'
import { type Proof, proveService } from './prove.ts'
import { noteBegun, noteProved, settleUntouched, tellAndProve } from './tell.ts'

export interface WayBack {
  /** The service that failed. */
  readonly task: ServiceTask
  /** All of its batch and host, in order. */
  readonly neighbours: readonly ServiceTask[]
  readonly installed: InstalledTransaction
  /** What of it is put back. */
  readonly going: readonly Address[]
}

/**
 * Puts back what hangs together with a service that failed, and the services that had been told of it: whoever has, or
 * may have, taken up the new files is told again, and has to prove itself. One that was told is left in peace only where
 * what it serves, or when it started, shows that it runs on the old ones. What else this run did on the host stays.
 */
export async function rollBack(run: Run, way: WayBack): Promise<TaskOutcome[]> {
  const { task, neighbours, installed } = way
  const { host: name } = task
  const affected = neighbours.filter(({ goesBack }) =>
    goesBack.some((address) => way.going.includes(address)),
  )
  try {
    await noteAllBegun(run, affected)
    await putBack(run, name, way)
  } catch (error) {
    run.needsHuman.add(name)
    const why = `the old generation could not be put back: ${refusal(run, name, error)}`
    run.kept.set(name, why)
    const detail = `${why}; it is kept: certwright rollback PLAYBOOK ${name} ${installed.transactionId}`
    noteFailure(run, name, 'service', detail)
    return [{ address: task.address, host: name, status: 'failed', detail }]
  }
  for (const { address, goesBack } of affected)
    if (!goesBack.some((each) => run.standing.has(each))) run.putBack.add(address)
  const outcomes = []
  // What it was to trust is what has been put back.
  for (const { pool: _, ...each } of affected.slice(0, affected.indexOf(task) + 1))
    outcomes.push(await settle(run, each))
  return outcomes
}

/** The old files look as old as they are: nothing else would show, if all ended here, that they have yet to be taken up. */
async function noteAllBegun(run: Run, tasks: readonly ServiceTask[]): Promise<void> {
  for (const task of tasks)
    if (run.told.has(task.address) && task.action !== 'verify')
      await noteBegun(requireHost(run, task.host), task, task.action)
}

async function putBack(run: Run, name: string, { task, installed, going }: WayBack): Promise<void> {
  const { transactionId, pairs } = installed
  const paths = new Set(going.flatMap((address) => run.standing.get(address) ?? []))
  const returns = installed.returns + 1
  const touched = pairs.filter(
    ({ certificate, privateKey }) => paths.has(certificate) || paths.has(privateKey),
  )
  const restored = await requireHost(run, name).restore({
    generation: transactionId,
    id: `${transactionId}-back${returns > 1 ? returns : ''}`,
    paths: [...paths],
    pairs: await openPairs(run, touched),
  })
  if (restored.kind !== 'installed') throw new TaskError(restored.detail)
  run.installed.set(name, { ...installed, returns })
  for (const address of going) {
    run.standing.delete(address)
    run.putBack.add(address)
  }
  // Made here, and here no longer: no other host can have it, nor be signed for by it.
  for (const [pair, { key, addresses }] of run.issued)
    if (key.host === name && going.some((address) => addresses.includes(address)))
      run.failedPairs.set(pair, `${name} put it back: ${task.name} failed`)
}

async function settle(run: Run, task: ServiceTask): Promise<TaskOutcome> {
  const base = { address: task.address, host: task.host }
  const proof = await proveOld(run, task)
  if (proof.proved)
    return { ...base, status: 'rolled-back', detail: `old generation restored; ${proof.detail}` }
  noteFailure(run, task.host, 'service', `${task.name} after the rollback: ${proof.detail}`)
  // It was not told and passes for one that runs as before; that it was to be told stays owed.
  if (proof.refused && (await provesItself(run, task)))
    return { ...base, status: 'rolled-back', detail: `old generation restored; still owed: ${proof.detail}` }
  run.needsHuman.add(task.host)
  return { ...base, status: 'failed', detail: `old generation restored, and still: ${proof.detail}` }
}

async function provesItself(run: Run, task: ServiceTask): Promise<boolean> {
  try {
    return (await proveService(requireHost(run, task.host), task, run.at)).proved
  } catch {
    return false
  }
}

async function proveOld(run: Run, task: ServiceTask): Promise<Proof> {
  try {
    const host = requireHost(run, task.host)
    if (task.action === 'verify') return await proveService(host, task, run.at)
    const told = run.told.get(task.address)
    const isOnOld = !told || task.isShownWhole || (await settleUntouched(host, task, told))
    const still = isOnOld ? await proveService(host, task, run.at) : undefined
    if (!still?.proved) return await tellAndProve(run, task, task.action)
    if (told && task.isShownWhole) await noteProved(host, task)
    return still
  } catch (error) {
    return { proved: false, detail: refusal(run, task.host, error) }
  }
}
