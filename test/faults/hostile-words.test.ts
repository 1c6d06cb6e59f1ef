// Sweep H: every record that a host says during a run, one at a time, is left out, said twice, or says something else.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeHostileSsh, type Trick } from '../support/hostile-host.ts'
import { judge } from './judge.ts'
import { openRemoteStage, type RemoteStage } from './remote.ts'
import { sampleEvery } from './sampling.ts'
import { applying, later, type Ran, runProgram, type Scene, type StageOptions } from './scene.ts'
import { trySome } from './sweep.ts'

/** Its restart fails once, where `broken` names a file. */
const failsOnce = `variables:
  broken: { type: string, default: /nowhere }
services:
  web:
    manager: command
    command:
      restart: [sh, -c, 'if test -e "$0"; then rm "$0"; exit 1; fi', "{{ broken }}"]
      is_active: ["true"]
    uses: { leaf: restart }
`

/** What there is to do, and how the host comes to it. */
const situations: Readonly<Record<string, Situation>> = {
  'a renewal': { code: 0 },
  'a renewal with install: generations': { code: 0, install: 'generations' },
  'a renewal that is taken back because its service does not come up': { code: 6, rest: failsOnce },
  'a renewal on a host where another one was killed': { code: 0, killed: true },
}

interface Situation extends Pick<StageOptions, 'install' | 'rest'> {
  /** With an honest host. */
  readonly code: number
  readonly killed?: boolean
}

const hows = ['missing', 'twice', 'words', 'dashes', 'oversized'] as const

describe.each(Object.entries(situations))('%s', (_, { code, killed = false, ...options }) => {
  let stage: RemoteStage
  let firstRename: number
  let words: string[]

  beforeAll(async () => {
    stage = await openRemoteStage(options)
    const { calls } = await stage.hurt(stage.copy(), { at: 0, what: 'kill', which: '-' })
    firstRename = calls.findIndex((call) => call.startsWith('mv -f -t')) + 1
    const scene = await prepare()
    const notes = join(scene.folder, 'notes')
    const ran = await applyTo(scene, { how: 'honest', notes })
    expect(ran.code, ran.stdout + ran.stderr).toBe(code)
    words = readFileSync(notes, 'utf8').trim().split('\n')
  })
  afterAll(() => stage.close())

  /** A scene that has come as far as it should. */
  const prepare = async (scene = stage.copy()): Promise<Scene> => {
    breakService(scene)
    if (killed) await stage.hurt(scene, { at: firstRename + 1, what: 'kill', which: '-' })
    return scene
  }

  it('goes well or is told to have failed, whichever record of the host is bent, and a host that is honest again gets all of it', async () => {
    // What is silent for ever is held hosts’ own test; an end has nothing to say.
    const tricks = words.flatMap((word, index) =>
      hows
        .filter((how) => word !== 'end' || how === 'twice' || how === 'oversized')
        .map((how) => ({ word, how, at: index + 1 })),
    )
    const { violations } = await trySome(stage, sampleEvery(40, tricks), async (scene, { word, how, at }) => {
      await prepare(scene)
      const ran = await applyTo(scene, { how, at })
      const found = await judge(scene, ran, 'lied-to', { env: standIn(scene, { how: 'honest' }) })
      return found.map((each) => `${word} (${at}) ${how}: ${each}`)
    })
    expect(violations).toEqual([])
    expect(words.length).toBeGreaterThan(40)
  })
})

/** For runs that come to the host by ssh. */
function breakService({ folder }: Scene): void {
  const [inventory, broken] = [join(folder, 'inventory.yml'), join(folder, 'broken')]
  writeFileSync(broken, '')
  const { all } = JSON.parse(readFileSync(inventory, 'utf8'))
  const hosts = { 'node-1': { ...all.hosts['node-1'], broken } }
  writeFileSync(inventory, JSON.stringify({ all: { hosts } }))
}

/** The host of the scene is this machine, and says what the trick makes of it. */
function standIn({ folder }: Scene, trick: Trick): NodeJS.ProcessEnv {
  return makeHostileSsh(folder, { '127.0.0.1': trick })
}

function applyTo(scene: Scene, trick: Trick): Promise<Ran> {
  return runProgram(scene, ['apply', ...applying(later)], { env: standIn(scene, trick) })
}
