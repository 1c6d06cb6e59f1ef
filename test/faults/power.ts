// An ext4 of its own for a scene, in a file: shut down without a warning, it forgets what was not synced.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { Call } from './calls.ts'
import { judge } from './judge.ts'
import { sampleEvery } from './sampling.ts'
import { openStage, type Stage } from './scene.ts'
import { hit, listCalls } from './strace.ts'
import type { Swept } from './sweep.ts'

interface Disk {
  readonly folder: string
  /** What had reached the disk, and nothing else, is there again. */
  readonly losePower: () => Promise<void>
  readonly remove: () => Promise<void>
}

function makeDisk(): Disk {
  const parent = mkdtempSync(join(tmpdir(), 'certwright-power-'))
  const folder = join(parent, 'scene')
  const image = join(parent, 'image')
  const survivor = join(parent, 'survivor')
  mkdirSync(folder)
  execFileSync('truncate', ['-s', '16M', image])
  execFileSync('mkfs.ext4', ['-q', image])
  execFileSync('mount', ['-o', 'loop', image, folder])
  return {
    folder,
    losePower: async () => {
      execFileSync('xfs_io', ['-x', '-c', 'shutdown', folder])
      await unmount(folder)
      // A copy: another mount namespace of this machine may still hold the first one.
      cpSync(image, survivor)
      execFileSync('mount', ['-o', 'loop', survivor, folder])
    },
    remove: async () => {
      await unmount(folder)
      rmSync(parent, { recursive: true, force: true })
    },
  }
}

/** Whoever still has a file open there is waited for. */
async function unmount(folder: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      execFileSync('umount', [folder], { stdio: 'ignore' })
      return
    } catch (error) {
      if (tries > 50) throw error
      await sleep(100)
    }
  }
}

/** Whether this machine has loop devices and what else it takes. */
export async function canLosePower(): Promise<boolean> {
  try {
    const disk = makeDisk()
    await disk.losePower()
    await disk.remove()
    return true
  } catch {
    return false
  }
}

/** At every fsync and every rename, right before it. */
export async function losePower(dist: string, every = 1): Promise<Swept> {
  const stage = await openStage({ dist })
  try {
    const boundaries = (await listCalls(stage.copy(), dist)).filter(({ name }) => /fsync|rename/.test(name))
    const calls = sampleEvery(every, boundaries)
    const limit = pLimit(2)
    const found = await Promise.all(calls.map((call) => limit(() => loseAt(stage, call, dist))))
    return { faults: calls.length, positions: boundaries.length, violations: found.flat() }
  } finally {
    stage.close()
  }
}

async function loseAt(stage: Stage, call: Call, dist: string): Promise<string[]> {
  const disk = makeDisk()
  try {
    const scene = stage.copy(disk.folder)
    execFileSync('sync', ['-f', disk.folder])
    const ran = await hit(scene, call, 'kill', dist)
    await disk.losePower()
    const violations = ran ? await judge(scene, ran, 'killed', { dist }) : ['another call was hit']
    return violations.map((each) => `power lost at ${call.label} (${call.ordinal}): ${each}`)
  } finally {
    await disk.remove()
  }
}
