// Runs the program with strace attached to one of its threads, or to both.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Call, changingCalls, labelOf, parseCalls } from './calls.ts'
import { applying, later, type Ran, runProgram, type Scene } from './scene.ts'

/**
 * `kill`: SIGKILL before the call has any effect; `nothing-read`: it says that the file ends here; else the error that it
 * returns, without any effect.
 */
export type Fault = 'kill' | 'nothing-read' | 'ENOSPC' | 'EDQUOT' | 'EIO' | 'EACCES' | 'EROFS'

const effects: Partial<Record<Fault, string>> = { kill: 'signal=SIGKILL', 'nothing-read': 'retval=0' }

export interface Program {
  readonly scene: Scene
  readonly dist?: string | undefined
  readonly args: readonly string[]
}

/** What strace is attached to, and what it is told. */
interface Watch {
  readonly threads: readonly number[]
  readonly arguments: readonly string[]
}

interface Threads {
  readonly main: number
  readonly pool: number
}

interface Watched extends Ran {
  readonly trace: string
  readonly threads: Threads
}

const renewing = ['apply', ...applying(later)]

/** Every call of an undisturbed run (a renewal) that changes something below the scene's root, or is of these names. */
export async function listCalls(
  scene: Scene,
  dist?: string,
  args: readonly string[] = renewing,
  names: readonly string[] = changingCalls,
): Promise<Call[]> {
  const { code, stderr, trace, threads } = await traceApply(scene, names, dist, args)
  if (code !== 0) throw new Error(`an undisturbed run fails: ${stderr}`)
  return parseCalls(trace, threads.main, scene.root)
}

/** An undisturbed renewal, and what strace saw of it. */
export function traceApply(
  scene: Scene,
  calls: readonly string[],
  dist?: string,
  args: readonly string[] = renewing,
): Promise<Watched> {
  return watchRun({ scene, dist, args }, async ({ main, pool }) =>
    attach(scene, { threads: [main, pool], arguments: ['-e', `trace=${calls.join()}`] }),
  )
}

/** A renewal with one fault. Undefined when another call was hit: the program did not do what it did before. */
export async function hit(scene: Scene, call: Call, fault: Fault, dist?: string): Promise<Ran | undefined> {
  const ran = await tryHit({ scene, dist, args: renewing }, call, fault)
  return ran.isHit ? ran : undefined
}

/** A run with one fault, if it comes to such a call. */
export async function tryHit(
  program: Program,
  { name, thread, ordinal, anchor, label }: Call,
  fault: Fault,
): Promise<Ran & { readonly isHit: boolean }> {
  const { scene } = program
  const effect = effects[fault] ?? `error=${fault}`
  const ran = await watchRun(program, async (threads, open) => {
    if (anchor !== undefined) await stopAt(scene, threads[thread], { name: 'openat', ordinal: anchor }, open)
    const inject = ['-e', `trace=${name}`, '-e', `inject=${name}:${effect}:when=${ordinal}`]
    const strace = await attach(scene, { threads: [threads[thread]], arguments: inject })
    if (anchor !== undefined) process.kill(threads.main, 'SIGCONT')
    return strace
  })
  return { ...ran, isHit: findHit(ran.trace, fault, scene.root) === label }
}

/** A renewal in which something else happens right after a call. */
export function interfere(scene: Scene, call: Call, act: () => void, dist?: string): Promise<Ran> {
  return watchRun({ scene, dist, args: renewing }, async (threads, open) => {
    const strace = await stopAt(scene, threads[call.thread], call, open)
    act()
    process.kill(threads.main, 'SIGCONT')
    return strace
  })
}

/** Lets the program run up to the end of a call; strace has left it when this returns. */
async function stopAt(
  scene: Scene,
  thread: number,
  { name, ordinal }: Pick<Call, 'name' | 'ordinal'>,
  open: () => void,
): Promise<ChildProcess> {
  const inject = ['-e', `trace=${name}`, '-e', `inject=${name}:signal=SIGSTOP:when=${ordinal}`]
  const strace = await attach(scene, { threads: [thread], arguments: inject })
  open()
  await until(() => readFileSync(traceOf(scene), 'latin1').includes('--- stopped by'))
  const ended = new Promise((settle) => strace.once('close', settle))
  strace.kill('SIGINT')
  await ended
  return strace
}

async function watchRun(
  { scene, dist, args }: Program,
  watch: (threads: Threads, open: () => void) => Promise<ChildProcess>,
): Promise<Watched> {
  const gate = `${scene.folder}.gate`
  // The same folder may be tried again.
  for (const each of [gate, `${gate}.open`]) rmSync(each, { force: true })
  const preload = resolve('test/faults/gate.cjs')
  const env = {
    UV_THREADPOOL_SIZE: '1',
    NODE_OPTIONS: `--require ${preload}`,
    CERTWRIGHT_TEST_GATE: gate,
  }
  const options = dist === undefined ? { env } : { env, dist }
  const running = runProgram(scene, args, options)
  await until(() => existsSync(gate))
  const [main = 0, pool = 0] = readFileSync(gate, 'utf8').split(' ').map(Number)
  if (!(main > 0 && pool > 0)) throw new Error('the threads of the program cannot be told apart')
  const open = () => writeFileSync(`${gate}.open`, '')
  const strace = await watch({ main, pool }, open)
  const ended = new Promise((settle) => {
    if (strace.exitCode !== null || strace.signalCode !== null) settle(undefined)
    else strace.once('close', settle)
  })
  open()
  const ran = await running
  await ended
  return { ...ran, trace: readFileSync(traceOf(scene), 'latin1'), threads: { main, pool } }
}

/** Beside the scene: it shows the first bytes of what is written. */
function traceOf({ folder }: Scene): string {
  return `${folder}.trace`
}

async function attach(scene: Scene, watch: Watch): Promise<ChildProcess> {
  const threads = watch.threads.flatMap((id) => ['-p', String(id)])
  const args = ['-y', '-s', '64', ...watch.arguments, '-o', traceOf(scene), ...threads]
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  strace.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await until(() => said.split(' attached').length > watch.threads.length)
  return strace
}

function findHit(trace: string, fault: Fault, root: string): string | undefined {
  const calls = trace.split('\n').filter((line) => /^\w+\(/.test(line))
  const line = fault === 'kill' ? calls.at(-1) : calls.find((each) => each.includes('(INJECTED)'))
  const [, name = '', rest = ''] = /^(\w+)\((.*)$/.exec(line ?? '') ?? []
  return labelOf(name, rest, root)
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000 && !condition(); tries += 1) await sleep(5)
  if (!condition()) throw new Error('strace or the program did not begin')
}
