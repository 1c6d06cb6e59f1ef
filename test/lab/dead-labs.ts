import { existsSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quietly } from './shell.ts'

/** Names of what a lab makes begin so; the process that made it follows. */
export const prefixes = { folder: 'certwright-lab-', namespace: 'cw' } as const

/** Takes away what labs left whose process was killed before it could; their machines died with it. */
export function sweepDeadLabs(): void {
  for (const name of list('/run/netns'))
    if (isDead(name, prefixes.namespace)) quietly('ip', 'netns', 'del', name)
  for (const name of list(tmpdir())) {
    if (!isDead(name, prefixes.folder)) continue
    const folder = join(tmpdir(), name)
    for (const host of list(folder)) quietly('umount', '-l', join(folder, host, 'root'))
    rmSync(folder, { recursive: true, force: true })
  }
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

function isDead(name: string, prefix: string): boolean {
  const [, pid] = new RegExp(`^${prefix}(\\d+)-`).exec(name) ?? []
  return pid !== undefined && !existsSync(`/proc/${pid}`)
}
