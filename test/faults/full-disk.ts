// A small disk of its own for a scene's root: real ENOSPC, with writes that are cut short, wherever the last page happens to go.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scene } from './scene.ts'

export interface SmallDisk {
  /** Leaves room for so many pages. */
  readonly fill: (pages: number) => void
  readonly makeRoom: () => void
  readonly remove: () => Promise<void>
}

const pageBytes = 4096

export function mountSmallDisk(at: string): SmallDisk {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=755', 'tmpfs', at])
  const filler = join(at, 'filler')
  return {
    fill: (pages) => {
      const { bavail, bsize } = statfsSync(at)
      writeFileSync(filler, Buffer.alloc(bavail * bsize - pages * pageBytes), { mode: 0o600 })
    },
    makeRoom: () => rmSync(filler, { force: true }),
    remove: () => unmount(at),
  }
}

/** The root of the scene as it is, on a disk of its own. */
export function moveToSmallDisk({ root }: Scene): SmallDisk {
  renameSync(root, `${root}.before`)
  mkdirSync(root)
  const disk = mountSmallDisk(root)
  execFileSync('cp', ['-a', `${root}.before/.`, root])
  rmSync(`${root}.before`, { recursive: true })
  return disk
}

/** Whoever still has a file open there is waited for. */
async function unmount(at: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      execFileSync('umount', [at], { stdio: 'ignore' })
      return
    } catch (error) {
      if (tries > 50) throw error
      await sleep(100)
    }
  }
}

/** Whether this machine lets a test mount anything. */
export async function canMount(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-mount-'))
  try {
    await mountSmallDisk(folder).remove()
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}
