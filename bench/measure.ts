import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Measured {
  readonly seconds: number
  readonly peakMiB: number
  readonly stdout: string
}

/** Runs that are measured are no part of this machine's own history. */
const state = mkdtempSync(join(tmpdir(), 'certwright-bench-state-'))
process.on('exit', () => rmSync(state, { recursive: true, force: true }))

/** Wall time and peak memory as GNU time reports them for the finished process. */
export function measure(command: readonly string[]): Measured {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-bench-'))
  const report = join(folder, 'time')
  const env = {
    ...process.env,
    CERTWRIGHT_STATE_DIR: state,
    ANSIBLE_NOCOWS: '1',
    ANSIBLE_LOCALHOST_WARNING: 'false',
    ANSIBLE_RETRY_FILES_ENABLED: 'false',
  }
  const { status, stdout, stderr } = spawnSync('/usr/bin/time', ['-f', '%e %M', '-o', report, ...command], {
    encoding: 'utf8',
    env,
    maxBuffer: 256 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`${command.join(' ')} exited with ${status}\n${stdout}${stderr}`)
  const [seconds = 0, kibibytes = 0] =
    readFileSync(report, 'utf8').trim().split('\n').at(-1)?.split(' ').map(Number) ?? []
  rmSync(folder, { recursive: true })
  return { seconds, peakMiB: kibibytes / 1024, stdout }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function formatRow(name: string, measured: readonly Measured[]): string {
  const seconds = median(measured.map((each) => each.seconds)).toFixed(2)
  const peak = median(measured.map(({ peakMiB }) => peakMiB)).toFixed(0)
  return `${name.padEnd(34)} ${seconds.padStart(6)} s   ${peak.padStart(4)} MiB`
}
