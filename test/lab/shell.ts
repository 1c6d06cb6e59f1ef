import { execFileSync, spawnSync } from 'node:child_process'

/** Runs a program of this machine; throws when it fails. */
export function sh(file: string, ...args: string[]): string {
  return execFileSync(file, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString()
}

export function quietly(file: string, ...args: string[]): void {
  spawnSync(file, args, { stdio: 'ignore' })
}
