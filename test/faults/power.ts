// An ext4 of its own for a scene, in a file: shut down without a warning, it forgets what was not synced.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { Call } from './calls.ts'
import { judge } from './judge.ts'
import { openStage, type Stage } from './scene.ts'
import { hit, listCalls } from './strace.ts'
import type { Swept } from './sweep.ts'

interface Disk {
  readonly folder: string
  readonly mount: () => void
  /** Whoever still has a file open there is waited for. */
  readonly unmount: () => Promise<void>
}

function makeDisk(parent: string): Disk {
  const image = join(parent, 'image')
  const folder = join(parent, 'scene')
  mkdirSync(folder)
  writeFileSync(image, '')
  execFileSync('truncate', ['-s', '16M', image])
  execFileSync('mkfs.ext4', ['-q', image])
  const mount = () => void execFileSync('mount', ['-o', 'loop', image, folder])
  const unmount = async () => {
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
  mount()
  return { folder, mount, unmount }
}

/** Whether this machine has loop devices and what else it takes. */
export async function canLosePower(): Promise<boolean> {
  const parent = mkdtempSync(join(tmpdir(), 'certwright-power-'))
  try {
    const disk = makeDisk(parent)
    execFileSync('xfs_io', ['-V'], { stdio: 'ignore' })
    await disk.unmount()
    return true
  } catch {
    return false
  } finally {
    rmSync(parent, { recursive: true, force: true })
  }
}

/** At every fsync and every rename, right before it. */
export async function losePower(dist: string, select: (call: Call) => boolean = () => true): Promise<Swept> {
  const stage = await openStage({ dist })
  try {
    const boundaries = (await listCalls(stage.copy(), dist)).filter(({ name }) => /fsync|rename/.test(name))
    const calls = boundaries.filter(select)
    const limit = pLimit(2)
    const found = await Promise.all(calls.map((call) => limit(() => loseAt(stage, call, dist))))
    return { faults: calls.length, violations: found.flat() }
  } finally {
    stage.close()
  }
}

async function loseAt(stage: Stage, call: Call, dist: string): Promise<string[]> {
  const parent = mkdtempSync(join(tmpdir(), 'certwright-power-'))
  const disk = makeDisk(parent)
  try {
    const scene = stage.copy(disk.folder)
    execFileSync('sync', ['-f', disk.folder])
    const ran = await hit(scene, call, 'kill', dist)
    execFileSync('xfs_io', ['-x', '-c', 'shutdown', disk.folder])
    await disk.unmount()
    disk.mount()
    const violations = ran ? await judge(scene, ran, 'killed', { dist }) : ['another call was hit']
    return violations.map((each) => `power lost at ${call.label} (${call.ordinal}): ${each}`)
  } finally {
    await disk.unmount()
    rmSync(parent, { recursive: true, force: true })
  }
}
