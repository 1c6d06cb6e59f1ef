// Sweep F: a run that is stopped (SIGSTOP, a laptop that is closed) for longer than another one waits, and then goes on.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../support/certwright.ts'
import { startSshd } from '../support/sshd.ts'
import { readDisk } from './disk.ts'
import { haltAt } from './halt.ts'
import { generationOf, judgeRemains } from './invariants.ts'
import { judge, judgeEnd } from './judge.ts'
import { reach } from './reach.ts'
import { applying, later, openStage, runProgram, type Scene } from './scene.ts'
import { trySome } from './sweep.ts'

/** What a run says before it begins something. */
const boundaries = ['Plan: ', 'issue certificate/leaf', 'install 4 files']
/** Before a remote host has its new files. */
const unfinished = boundaries.slice(0, 2)
const patienceSeconds = 12

const renewMeanwhile = (scene: Scene, wait: readonly string[] = []) =>
  runProgram(scene, ['apply', ...applying(later, 'local.yml'), ...wait])

it('a run on this machine that is stopped keeps its host, and goes on where it was', async () => {
  const stage = await openStage()
  const swept = await trySome(stage, boundaries, async (scene, boundary) => {
    const halted = await haltAt(scene, boundary)
    if (!halted) return [`it is not stopped at ${boundary}`]
    const other = await renewMeanwhile(scene, ['--lock-timeout', '1s'])
    const ran = await halted.goOn()
    const violations = [
      ...(other.code === 9 ? [] : [`another run ends with ${other.code} meanwhile: ${other.stderr}`]),
      ...(ran.code === 0 ? [] : [`it ends with ${ran.code}: ${ran.stderr}`]),
      ...(await judge(scene, ran, 'ended')),
    ]
    return violations.map((each) => `stopped at ${boundary}: ${each}`)
  }).finally(stage.close)
  expect(swept.violations).toEqual([])
})

describe('a run on a remote host that is stopped for longer than the host waits for it', () => {
  const tools = mkdtempSync(join(tmpdir(), 'certwright-patience-'))
  let sshd: Awaited<ReturnType<typeof startSshd>>
  beforeAll(async () => {
    copyFileSync('test/faults/patience.sh', join(tools, 'timeout'))
    const path = `${tools}:/usr/sbin:/usr/bin:/sbin:/bin`
    sshd = await startSshd([`SetEnv PATH=${path} SHLVL=2 CERTWRIGHT_TEST_PATIENCE=${patienceSeconds}`])
  })
  afterAll(() => {
    sshd.stop()
    rmSync(tools, { recursive: true })
  })

  it('loses it to another run, changes nothing there any more, and does not say that it did', async () => {
    const stage = await openStage({ connect: reach(sshd) })
    const swept = await trySome(stage, unfinished, async (scene, boundary) =>
      (await loseHost(scene, boundary)).map((each) => `stopped at ${boundary}: ${each}`),
    ).finally(stage.close)
    expect(swept.violations).toEqual([])
  })
})

async function loseHost(scene: Scene, boundary: string): Promise<string[]> {
  const halted = await haltAt(scene, boundary)
  if (!halted) return ['it is not stopped']
  if (!(await isGivenUp(scene))) {
    await halted.goOn()
    return [`the host is not given up in ${patienceSeconds} s of silence`]
  }
  const other = await renewMeanwhile(scene)
  const theirs = leafOf(scene)
  const ran = await halted.goOn()
  // What had been asked of the host before is done there, and then it is true that it was.
  const honest = other.stdout.includes('Nothing to do') ? [0, 4, 6, 10] : [4, 6]
  const disk = readDisk(scene)
  return [
    ...(other.code === 0
      ? []
      : [`another run ends with ${other.code} later: ${other.stdout}${other.stderr}`]),
    ...(honest.includes(ran.code ?? 1) ? [] : [`it ends with ${ran.code}: ${ran.stdout}${ran.stderr}`]),
    ...(leafOf(scene).equals(theirs) ? [] : ['it changes what the other run has put there']),
    ...(generationOf(scene, disk) === 'new' ? [] : ['the pair is not the new one']),
    ...judgeRemains(disk),
    ...(await judgeEnd(scene, ran)),
    // What is there now is the other run's.
    ...(await judge(scene, other, 'ended')),
  ]
}

function leafOf(scene: Scene): Buffer {
  return readDisk(scene).managed.get('/pki/leaf.crt')?.bytes ?? Buffer.alloc(0)
}

async function isGivenUp({ root }: Scene): Promise<boolean> {
  for (let tries = 0; tries < 300; tries += 1) {
    if ((await run('flock', ['-n', join(root, 'var/lib/certwright/lock'), 'true'])).code === 0) return true
    await sleep(100)
  }
  return false
}
