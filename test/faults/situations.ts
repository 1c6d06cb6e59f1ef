// Faults that need a situation of their own: somebody else at work, a service that fails, a disk that lies.
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import {
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Call } from './calls.ts'
import { readDisk } from './disk.ts'
import { generationOf } from './invariants.ts'
import { judge, judgeEnd } from './judge.ts'
import { openRemoteStage } from './remote.ts'
import { applying, later, openStage, type Ran, runProgram, type Scene } from './scene.ts'
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
  const found = readdirSync(folder, { recursive: true }).find((each) =>
    new RegExp(`^\\.certwright-[0-9a-f]{16}/\\d+/${name.replace('.', '\\.')}$`).test(String(each)),
  )
  if (found === undefined) throw new Error(`no ${name} is staged in ${folder}`)
  return join(folder, String(found))
}

/** Somebody replaces the certificate after the plan was made: it is theirs, and stays. */
export const changedMeanwhile = inScene(async (scene, calls, dist) => {
  const theirs = '# put here by somebody else\n'
  const place = join(scene.root, 'pki/leaf.crt')
  const call = requireCall(calls, 'openat /pki/.certwright-*/*/leaf.key')
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
  // The last one: what was written has been read back by then, and is dressed.
  const call = requireCall(calls.toReversed(), 'fsync /copy/.certwright-*/*/leaf.key')
  const swap = () => writeFileSync(stagedIn(join(scene.root, 'copy'), 'leaf.key'), other)
  return judge(scene, await interfere(scene, call, swap, dist), 'ended', { dist })
})

/** The disk does not hold what was written: noticed, and taken back. */
export const corrupted = inScene(async (scene, calls, dist) => {
  // The last one: after the renames, not when a room is made there.
  const call = requireCall(calls.toReversed(), 'fsync /pki')
  const corrupt = () => writeFileSync(join(scene.root, 'pki/leaf.crt'), 'X'.repeat(600))
  return judge(scene, await interfere(scene, call, corrupt, dist), 'ended', { dist })
})

/** A run dies between two renames, and what it had staged is lost: the old files come back. */
export const lostStaged = inScene(async (scene, calls, dist) => {
  const call = requireCall(calls, 'rename /copy/.certwright-*/*/leaf.crt → /copy/leaf.crt')
  const ran = await hit(scene, call, 'kill', dist)
  if (!ran) return ['another call was hit']
  rmSync(stagedIn(join(scene.root, 'copy'), 'leaf.key'))
  return judge(scene, ran, 'killed', { dist })
})

/** Somebody without rights of his own, and what belongs to somebody else. */
const service = 64_001
const theirs = '# of somebody else\n'
const foreignCopy = '{ certificate: /svc/copy/leaf.crt, private_key: /svc/copy/leaf.key }'

/** Hands a folder and the one above it to a service, and makes another one that the service may not write to. */
function handOver(scene: Scene): void {
  for (const folder of ['svc', 'svc/copy']) chownSync(join(scene.root, folder), service, service)
  mkdirSync(join(scene.root, 'other'))
  for (const name of ['leaf.crt', 'leaf.key']) writeFileSync(join(scene.root, 'other', name), theirs)
}

function judgeForeign(scene: Scene, ran: Ran): string[] {
  const changed = ['leaf.crt', 'leaf.key'].filter(
    (name) => readFileSync(join(scene.root, 'other', name), 'utf8') !== theirs,
  )
  return [
    ...changed.map((name) => `/other/${name} is not what it was`),
    ...([6, 7, 8].includes(ran.code ?? 0) ? [] : [`exit code ${ran.code}: ${ran.stderr.slice(-300)}`]),
  ]
}

/** Right before the renames, the folder's owner leads its name to another one. */
export const exchangedFolder: Check = async (dist) => {
  const stage = await openStage({ dist, copy: foreignCopy })
  try {
    const make = () => {
      const scene = stage.copy()
      handOver(scene)
      return scene
    }
    const call = (await listCalls(make(), dist)).find(({ label }) => /^rename .*\/journal$/.test(label))
    if (!call) throw new Error('an undisturbed run has no journal')
    const scene = make()
    const exchange = () => {
      renameSync(join(scene.root, 'svc/copy'), join(scene.root, 'svc/moved'))
      symlinkSync('../other', join(scene.root, 'svc/copy'))
    }
    return judgeForeign(scene, await interfere(scene, call, exchange, dist))
  } finally {
    stage.close()
  }
}

/** The same on a remote host. */
export const exchangedFolderRemote: Check = async (dist) => {
  const stage = await openRemoteStage({ dist, copy: foreignCopy })
  try {
    const make = () => {
      const scene = stage.copy()
      handOver(scene)
      return scene
    }
    const { calls } = await stage.hurt(make(), { at: 0, what: 'kill', which: '-' })
    const at = calls.findIndex((call) => /^mv .*\/journal$/.test(call)) + 1
    const scene = make()
    const svc = join(scene.root, 'svc')
    const script = `/usr/bin/mv ${svc}/copy ${svc}/moved; /usr/bin/ln -s ../other ${svc}/copy`
    const { ran } = await stage.hurt(scene, { at, what: 'meanwhile', which: '-', script })
    return judgeForeign(scene, ran)
  } finally {
    stage.close()
  }
}

/** What is prepared for a folder of somebody else is prepared elsewhere. */
export const stagedAmongTheirs: Check = async (dist) => {
  const stage = await openStage({ dist, copy: foreignCopy })
  try {
    const scene = stage.copy()
    handOver(scene)
    const calls = await listCalls(scene, dist)
    const made = calls.filter(({ label }) => /^(openat|mkdir|link|symlink) \/svc\//.test(label))
    const elsewhere = calls.some(({ label }) => label.startsWith('openat /.certwright-*/*/leaf.key'))
    return [
      ...made.map(({ label }) => `${label}, where its owner can exchange it`),
      ...(elsewhere ? [] : ['nothing was prepared for that folder at all']),
    ]
  } finally {
    stage.close()
  }
}

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
