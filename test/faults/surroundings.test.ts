// Sweep I: what a run needs besides its hosts is not there: a home, a place for its audit log, the rights it had last time.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from '../support/certwright.ts'
import { readDisk } from './disk.ts'
import { canMount, mountSmallDisk } from './full-disk.ts'
import { generationOf, judgeFiles } from './invariants.ts'
import { judge, judgeEnd } from './judge.ts'
import { renew } from './reach.ts'
import { sampleEvery } from './sampling.ts'
import { openStage, type ProgramOptions, type Ran, type Scene, type Stage } from './scene.ts'
import { trySome } from './sweep.ts'

/** A user that no machine has. */
const user = 64_325
const asUser = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups']

/** Whether this machine lets a test mount anything, and another user run the program. */
const [canHaveDisks, canRun] = [
  await canMount(),
  (await run(asUser[0] ?? '', [...asUser.slice(1), 'test', '-r', 'dist/main.js'])).code === 0,
]

/** In a scene of its own, that everybody may look into. */
async function inScene(attempt: (scene: Scene) => Promise<string[]>): Promise<readonly string[]> {
  const stage: Stage = await openStage()
  const { violations } = await trySome(stage, [0], (scene) => {
    for (const each of [dirname(scene.folder), scene.folder]) chmodSync(each, 0o711)
    return attempt(scene)
  }).finally(stage.close)
  return violations
}

/** Nothing was done, and that is what it says. */
async function judgeRefusal(scene: Scene, ran: Ran, names: string): Promise<string[]> {
  const { code, stdout, stderr } = ran
  const disk = readDisk(scene)
  return [
    ...([3, 4, 6, 7].includes(code ?? 0) ? [] : [`exit code ${code}: ${stderr.slice(-400)}`]),
    ...((stdout + stderr).includes(names) ? [] : [`it does not name ${names}: ${stdout}${stderr}`]),
    ...(generationOf(scene, disk) === 'old' ? [] : ['it has changed something']),
    ...judgeFiles(scene, disk),
    ...(await judgeEnd(scene, ran)),
  ]
}

async function judgeNext(scene: Scene, options?: ProgramOptions): Promise<string[]> {
  return (await judge(scene, await renew(scene, options), 'ended')).map((each) => `then ${each}`)
}

describe('a run without HOME', () => {
  it('does what it does with one, where the state folder is named', async () => {
    expect(await inScene((scene) => judgeNext(scene, { env: { HOME: undefined } }))).toEqual([])
  })

  it('of a user that the machine does not know names what it needs, and changes nothing', async () => {
    const env = { HOME: undefined, XDG_STATE_HOME: undefined, CERTWRIGHT_STATE_DIR: undefined }
    const violations = await inScene(async (scene) => {
      execFileSync('chown', ['-R', `${user}:${user}`, scene.folder])
      return judgeRefusal(scene, await renew(scene, { env, user }), 'CERTWRIGHT_STATE_DIR')
    })
    expect(violations).toEqual([])
  })
})

describe('a run that cannot write its audit log', () => {
  it('because its folder cannot be made changes nothing', async () => {
    const violations = await inScene(async (scene) => {
      const file = join(scene.folder, 'not-a-folder')
      writeFileSync(file, '')
      const env = { CERTWRIGHT_STATE_DIR: join(file, 'state') }
      return [...(await judgeRefusal(scene, await renew(scene, { env }), file)), ...(await judgeNext(scene))]
    })
    expect(violations).toEqual([])
  })

  it.runIf(canHaveDisks)('because its disk is read-only changes nothing', async () => {
    const violations = await inScene(async (scene) => {
      const state = join(scene.folder, 'read-only')
      mkdirSync(state)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', state])
      const env = { CERTWRIGHT_STATE_DIR: state }
      const ran = await renew(scene, { env })
      execFileSync('umount', [state])
      return [...(await judgeRefusal(scene, ran, state)), ...(await judgeNext(scene))]
    })
    expect(violations).toEqual([])
  })

  it.runIf(canHaveDisks)(
    'because its disk is full after so many pages leaves all old or all new, and says which',
    async () => {
      const stage = await openStage()
      const pages = sampleEvery(2, [0, 1, 2, 3, 4, 5])
      const { violations } = await trySome(stage, pages, async (scene, left) => {
        const state = join(scene.folder, 'small')
        mkdirSync(state)
        const disk = mountSmallDisk(state)
        try {
          disk.fill(left)
          const ran = await renew(scene, { env: { CERTWRIGHT_STATE_DIR: state } })
          const found = await judge(scene, ran, 'ended', { repair: disk.makeRoom, damaged: state })
          return found.map((each) => `with ${left} pages left: ${each}`)
        } finally {
          await disk.remove()
        }
      }).finally(stage.close)
      expect(violations).toEqual([])
    },
  )
})

describe.runIf(canRun)('a run by another user than last time', () => {
  it('who has fewer rights than root changes nothing, and root goes on', async () => {
    const violations = await inScene(async (scene) => {
      const own = join(scene.folder, 'own')
      mkdirSync(own)
      execFileSync('chown', [`${user}`, own])
      const ran = await renew(scene, { user, env: { CERTWRIGHT_STATE_DIR: own } })
      return [...(await judgeRefusal(scene, ran, '/var/lib/certwright')), ...(await judgeNext(scene))]
    })
    expect(violations).toEqual([])
  })

  it('who is root, on a root of theirs, believes no journal of theirs and changes nothing; they go on', async () => {
    const violations = await inScene(async (scene) => {
      execFileSync('chown', ['-R', `${user}:${user}`, scene.folder])
      const first = await renew(scene)
      const refused = await judgeRefusal(scene, first, '/var/lib/certwright')
      const second = await renew(scene, { user, env: { CERTWRIGHT_STATE_DIR: join(scene.folder, 'theirs') } })
      const found = generationOf(scene, readDisk(scene))
      return [
        ...refused,
        ...(second.code === 0 && found === 'new' ? [] : [`${second.code}, ${found} files: ${second.stderr}`]),
        ...(await judgeEnd(scene, second)),
        ...judgeFiles(scene, readDisk(scene)),
      ]
    })
    expect(violations).toEqual([])
  })
})
