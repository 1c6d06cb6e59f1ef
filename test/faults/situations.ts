// Faults that need a situation of their own: somebody else at work, a service that fails, a disk that lies.
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Call } from './calls.ts'
import { readDisk } from './disk.ts'
import { generationOf } from './invariants.ts'
import { judge, judgeEnd } from './judge.ts'
import { openRemoteStage } from './remote.ts'
import { applying, later, openStage, runProgram, type Scene } from './scene.ts'
import { hit, interfere, listCalls } from './strace.ts'

type Check = (dist: string) => Promise<string[]>

/** In a scene of its own, with the calls of an undisturbed run. */
function inScene(attempt: (scene: Scene, calls: readonly Call[], dist: string) => Promise<string[]>): Check {
  return async (dist) => {
    const stage = await openStage({ dist })
    try {
      return await attempt(stage.copy(), await listCalls(stage.copy(), dist), dist)
    } finally {
      stage.close()
    }
  }
}

function requireCall(calls: readonly Call[], label: string): Call {
  const found = calls.find((call) => call.label === label)
  if (!found) throw new Error(`an undisturbed run does not ${label}`)
  return found
}

function stagedIn(folder: string, name: string): string {
  const found = readdirSync(folder).find((each) => each.startsWith(`.${name}.certwright-`))
  if (found === undefined) throw new Error(`no ${name} is staged in ${folder}`)
  return join(folder, found)
}

/** Somebody replaces the certificate after the plan was made: it is theirs, and stays. */
export const changedMeanwhile = inScene(async (scene, calls, dist) => {
  const theirs = '# put here by somebody else\n'
  const place = join(scene.root, 'pki/leaf.crt')
  const call = requireCall(calls, 'openat /pki/.leaf.key.certwright-*')
  const ran = await interfere(scene, call, () => writeFileSync(place, theirs), dist)
  const { managed } = readDisk(scene)
  return [
    ...(ran.code === 8 ? [] : [`exit code ${ran.code}, though the certificate has changed`]),
    ...(managed.get('/pki/leaf.crt')?.bytes.toString() === theirs
      ? []
      : ['what somebody else put there is gone']),
  ]
})

/** A key becomes another one right after it was written beside its place: such a pair is never installed. */
export const misfit = inScene(async (scene, calls, dist) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const other = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const call = requireCall(calls, 'fsync /copy/.leaf.key.certwright-*')
  const swap = () => writeFileSync(stagedIn(join(scene.root, 'copy'), 'leaf.key'), other)
  return judge(scene, await interfere(scene, call, swap, dist), 'ended', { dist })
})

/** The disk does not hold what was written: noticed, and taken back. */
export const corrupted = inScene(async (scene, calls, dist) => {
  const call = requireCall(calls, 'fsync /pki')
  const corrupt = () => writeFileSync(join(scene.root, 'pki/leaf.crt'), 'X'.repeat(600))
  return judge(scene, await interfere(scene, call, corrupt, dist), 'ended', { dist })
})

/** A run dies between two renames, and what it had staged is lost: the old files come back. */
export const lostStaged = inScene(async (scene, calls, dist) => {
  const call = requireCall(calls, 'rename /copy/.leaf.crt.certwright-* → /copy/leaf.crt')
  const ran = await hit(scene, call, 'kill', dist)
  if (!ran) return ['another call was hit']
  rmSync(stagedIn(join(scene.root, 'copy'), 'leaf.key'))
  return judge(scene, ran, 'killed', { dist })
})

/** Another run holds the host. */
export const busy = inScene(async (scene, _, dist) => {
  const lock = join(scene.root, 'var/lib/certwright/lock')
  const other = spawn('flock', ['-n', lock, 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = new Promise((settle) => other.once('close', settle))
  await new Promise((settle) => other.stdout.once('data', settle))
  const { code } = await runProgram(scene, ['apply', ...applying(later)], { dist })
  const generation = generationOf(scene, readDisk(scene))
  other.stdin.end()
  await ended
  return code === 9 && generation === 'old'
    ? []
    : [`exit code ${code} with ${generation} files under another’s lock`]
})

/** A service does not come up with its new files: the old ones come back, and the service with them. */
export const failingService: Check = async (dist) => {
  const restart = '[sh, -c, "if test -e broken; then rm broken; exit 1; fi"]'
  const rest = `services:\n  web:\n    manager: command\n    command: { restart: ${restart}, is_active: ["true"] }\n    uses: { leaf: restart }\n`
  const stage = await openStage({ dist, rest })
  try {
    const scene = stage.copy()
    writeFileSync(join(scene.folder, 'broken'), '')
    const ran = await runProgram(scene, ['apply', ...applying(later)], { dist })
    return await judge(scene, ran, 'ended', { dist })
  } finally {
    stage.close()
  }
}

/** The connection is cut a few bytes before the end of a certificate that no key on the host belongs to. */
export const truncated: Check = async (dist) => {
  const stage = await openRemoteStage({ dist, copy: '{ certificate: /trust/leaf.crt }' })
  try {
    const { frames } = await stage.cut(stage.copy())
    const scene = stage.copy()
    const copy = () => readFileSync(join(scene.root, 'trust/leaf.crt'))
    const before = copy()
    const frame = frames.lastIndexOf(Math.max(...frames)) + 1
    const { ran } = await stage.cut(scene, { frame, moment: 'last' })
    const violations = await judgeEnd(scene, ran)
    if (!copy().equals(before)) violations.push('/trust/leaf.crt is not what it was')
    return [...violations, ...(await judge(scene, ran, 'cut-off', { dist }))]
  } finally {
    stage.close()
  }
}
