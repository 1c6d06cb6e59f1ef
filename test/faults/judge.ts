// One fault, judged: first what it left, then whether the next runs put everything right.
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../support/certwright.ts'
import { type Disk, readDisk } from './disk.ts'
import { generationOf, judgeFiles, judgeKept, judgeModes, judgeRemains, judgeSecrets } from './invariants.ts'
import { patience } from './sampling.ts'
import { applying, later, looking, type ProgramOptions, type Ran, runProgram, type Scene } from './scene.ts'

const longestMs = 30_000 * patience

/**
 * How the run ended: by itself, by a signal, cut off from its host, or told something untrue by it. All but the first
 * may need `certwright recover`.
 */
export type Ending = 'ended' | 'killed' | 'cut-off' | 'lied-to'

interface JudgeOptions extends ProgramOptions {
  /** Takes the fault away, once it has been seen what it left. */
  readonly repair?: () => void
  /** A file that may be the reason to leave the host alone (7), and then has to be named. */
  readonly damaged?: string
}

export async function judge(
  scene: Scene,
  ran: Ran,
  ending: Ending,
  { repair, damaged, ...options }: JudgeOptions = {},
): Promise<string[]> {
  const violations = await judgeEnd(scene, ran)
  const found = readDisk(scene)
  violations.push(...judgeDisk(scene, found))
  repair?.()
  const runs = [ran]
  if (ending === 'cut-off') violations.push(...judgeClaim(scene, ran, found))
  if (ending === 'lied-to') violations.push(...judgeBelief(scene, ran, found))
  if (ending === 'ended') violations.push(...judgeCode(scene, ran, found, damaged))
  else {
    const recovered = await runProgram(scene, ['recover', ...looking(later)], options)
    runs.push(recovered)
    if (recovered.code !== 0) violations.push(`recover ends with ${recovered.code}: ${recovered.stderr}`)
    if (generationOf(scene, readDisk(scene)) === 'mixed') violations.push('the pair is mixed after recover')
  }
  violations.push(...(await converge(scene, runs, options)))
  const last = readDisk(scene)
  violations.push(
    ...judgeDisk(scene, last),
    ...judgeKept(scene, last),
    ...judgeRemains(last),
    ...judgeSecrets(scene, last, runs),
  )
  return [...new Set(violations)]
}

function judgeDisk(scene: Scene, disk: Disk): string[] {
  return [...judgeFiles(scene, disk), ...judgeModes(disk), ...judgeSecrets(scene, disk, [])]
}

const cannotLock = /lock of the host cannot be taken: .*\n {2}hint: nothing is changed there/

/** The exit code says what is on the disk. */
export function judgeCode(
  scene: Scene,
  { code, stdout, stderr }: Ran,
  disk: Disk,
  damaged?: string,
): string[] {
  const generation = generationOf(scene, disk)
  const said = `exit code ${code} with ${generation} files`
  if (code === 0 || code === 10) return generation === 'new' ? [] : [said]
  if (code === 6) {
    if (generation !== 'old') return [said]
    // Where the record of alarms cannot be written either, that has to be told.
    return isTold(stdout, disk) ? [] : ['exit code 6 without an alarm']
  }
  if (code === 8) return generation === 'old' ? [] : [said]
  if (code === 7 && damaged !== undefined && generation !== 'mixed' && (stdout + stderr).includes(damaged))
    return []
  // What the plan has seen already, and says what to do about.
  if (code === 7 && generation === 'old' && stdout.includes('make room on that disk')) return []
  if (code === 7 && generation === 'old' && cannotLock.test(stderr))
    return isTold(stdout, disk) ? [] : ['a lock that cannot be taken, without an alarm']
  if (code === 7)
    return /certwright recover|generations\//.test(stdout + stderr)
      ? []
      : ['exit code 7 says nothing of what to do']
  return [`exit code ${code}: ${stderr.slice(-300)}`]
}

/** Without a connection nothing is known, and nothing may be claimed that is not so. */
function judgeClaim(scene: Scene, ran: Ran, disk: Disk): string[] {
  const { code, stdout, stderr } = ran
  const generation = generationOf(scene, disk)
  const denies = /nothing has changed|nothing was written/.test(stdout + stderr)
  if (denies && generation !== 'old') return [`it says that nothing has changed, with ${generation} files`]
  if (code === 4) return []
  return code === 6 && generation === 'old' ? [] : judgeCode(scene, ran, disk)
}

/** A host may hide what it did. Whoever believes it must not end up with a claim of success, or with silence. */
function judgeBelief(scene: Scene, { code, stdout, stderr }: Ran, disk: Disk): string[] {
  const generation = generationOf(scene, disk)
  const said = `exit code ${code} with ${generation} files`
  if (/internal error|unexpected/.test(stdout + stderr)) return [`${said}: ${stdout}${stderr.slice(-300)}`]
  if (code === 0 || code === 10) return generation === 'new' ? [] : [said]
  if (code === 6 || code === 7) return isTold(stdout, disk) ? [] : [`${said}, without an alarm: ${stdout}`]
  if (code === 8) return generation === 'new' ? [said] : []
  return code === 4 ? [] : [`${said}: ${stderr.slice(-300)}`]
}

function isTold(stdout: string, disk: Disk): boolean {
  return hasAlarm(disk) || stdout.includes('alarms cannot be delivered')
}

function hasAlarm({ entries }: Disk): boolean {
  const record = entries.find(({ path }) => path.endsWith('/certwright/alarms.json'))
  return record?.bytes.includes('250.003') ?? false
}

/** It ends in time, and nothing of it goes on: no process, no lock. */
export async function judgeEnd(
  { folder, root }: Scene,
  { durationMs }: Ran,
  atMostMs = longestMs,
): Promise<string[]> {
  const violations = durationMs > atMostMs ? [`it took ${Math.round(durationMs / 1000)} s`] : []
  const lock = `${root}/var/lib/certwright/lock`
  for (let tries = 0; tries < 40; tries += 1) {
    const alive = await run('pgrep', ['-f', '--', `${folder}/`])
    // Without a file there is no lock, and looking for one must not make it.
    const isFree = !existsSync(lock) || (await run('flock', ['-n', lock, 'true'])).code === 0
    if (alive.stdout === '' && isFree) return violations
    await sleep(100)
  }
  return [...violations, 'a process or a lock outlives the run']
}

/**
 * A plain run again puts everything right, and then there is nothing to do. It goes without a connection: what a run on
 * a remote host left behind is understood by one on that host.
 */
async function converge(scene: Scene, runs: Ran[], options: ProgramOptions): Promise<string[]> {
  const again = await runProgram(scene, ['apply', ...applying(later, 'local.yml')], options)
  runs.push(again)
  if (again.code !== 0) return [`the next run ends with ${again.code}: ${again.stdout}${again.stderr}`]
  const violations = generationOf(scene, readDisk(scene)) === 'new' ? [] : ['the next run does not renew']
  if (again.stdout.includes('Nothing to do')) return violations
  const plan = await runProgram(
    scene,
    ['plan', ...looking(later, 'local.yml'), '--detailed-exitcode'],
    options,
  )
  return plan.code === 0
    ? violations
    : [...violations, `a plan after it ends with ${plan.code}: ${plan.stdout}`]
}
