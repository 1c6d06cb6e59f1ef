// A scene: one host with an authority and a leaf that has a copy in another folder, and what has to be done there.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from '../support/certwright.ts'
import { smallPolicy, start } from '../support/engine.ts'
import { addRetired, removedFiles, reorderedFile } from './retiring-stage.ts'
import { patience } from './sampling.ts'

export interface Scene {
  readonly folder: string
  /** The host's root on this machine. */
  readonly root: string
  /** Managed files as they were when the scene was made. */
  readonly before: ReadonlyMap<string, ManagedFile>
}

export interface ManagedFile {
  readonly bytes: Buffer
  readonly mode: number
  readonly modifiedMs: number
}

/** What a program did, as a whole. */
export interface Ran {
  /** Null: it was killed. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
}

/** When the leaf is due. */
export const later = new Date(Date.parse(start) + 90 * 86_400_000).toISOString()

const managedFiles = [
  '/pki/ca.crt',
  '/pki/ca.key',
  '/pki/leaf.crt',
  '/pki/leaf.key',
  '/copy/leaf.crt',
  '/copy/leaf.key',
]

/** How the host is reached: variables of the inventory. */
export type Connect = (scene: { readonly folder: string; readonly root: string }) => Record<string, unknown>

export const locally: Connect = ({ root }) => ({ ansible_connection: 'local', certwright_root: root })

export interface Stage {
  /** A scene of its own, as it was after the first run; gone with `close`. */
  readonly copy: (work?: string) => Scene
  readonly close: () => void
}

export interface StageOptions {
  readonly connect?: Connect
  /** Added to the policy: services and the like. */
  readonly rest?: string
  /** Another copy of the leaf. */
  readonly copy?: string
  /** How the leaf is put in place. */
  readonly install?: 'files' | 'generations'
  /** Files that a program of its own takes away, or puts in another order, whenever it installs something. */
  readonly retires?: boolean
  readonly dist?: string
}

/** Builds the first generation once; every fault gets a copy of it. */
export async function openStage({
  connect = locally,
  rest = '',
  copy = '',
  install = 'files',
  retires = false,
  dist = 'dist',
}: StageOptions = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-faults-'))
  const original = join(folder, 'original')
  mkdirSync(join(original, 'root'), { recursive: true })
  const copies = `copies: [{ certificate: /copy/leaf.crt, private_key: /copy/leaf.key }${copy && `, ${copy}`}]`
  writeFileSync(
    join(original, 'policy.yml'),
    smallPolicy(`${copies}\ninstall: ${install}`, '', `alarms: {}\n${rest}`),
  )
  writeFileSync(join(original, 'play.yml'), '- { name: faults, hosts: all, policy: policy.yml }\n')
  writeInventories(original, connect)
  const first = await runProgram(describeScene(original, []), ['apply', ...applying(start)], { dist })
  if (first.code !== 0) throw new Error(`the scene cannot be made: ${first.stdout}${first.stderr}`)
  if (retires) addRetired(original)
  const paths = [...managedFiles, ...(retires ? [...removedFiles, reorderedFile] : [])]
  let count = 0
  return {
    copy: (work = join(folder, String(count++))) => {
      cpSync(original, work, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
      writeInventories(work, connect)
      return describeScene(work, paths)
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Two inventories of the same host: reached like that, and without a connection. */
export function writeInventories(folder: string, connect: Connect): void {
  const host = { folder, root: join(folder, 'root') }
  const write = (name: string, vars: Record<string, unknown>) =>
    writeFileSync(join(folder, name), JSON.stringify({ all: { hosts: { 'node-1': vars } } }))
  write('inventory.yml', connect(host))
  write('local.yml', locally(host))
}

function describeScene(folder: string, paths: readonly string[]): Scene {
  const root = join(folder, 'root')
  const read = (path: string): ManagedFile => {
    const { mode, mtimeMs } = statSync(join(root, path))
    return { bytes: readFileSync(join(root, path)), mode: mode & 0o7777, modifiedMs: mtimeMs }
  }
  return { folder, root, before: new Map(paths.map((path) => [path, read(path)])) }
}

/** The arguments that every command of a scene has; `apply` does not ask. */
export function applying(at: string, inventory = 'inventory.yml'): string[] {
  return [...looking(at, inventory), '--auto-approve']
}

/** `local.yml` names the same host, reached without a connection: what one wrote, the other reads. */
export function looking(at: string, inventory = 'inventory.yml'): string[] {
  return ['play.yml', '-i', inventory, '--at', at]
}

export interface ProgramOptions {
  readonly dist?: string
  /** Undefined takes one away. */
  readonly env?: NodeJS.ProcessEnv
  /** The number of another user than the one that runs the tests. */
  readonly user?: number
}

export async function runProgram(
  { folder }: Scene,
  args: readonly string[],
  { dist = 'dist', env = {}, user }: ProgramOptions = {},
): Promise<Ran> {
  const began = performance.now()
  const as = user === undefined ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups']
  const command = [String(60 * patience), ...as, process.execPath, resolve(dist, 'main.js'), ...args]
  // What the machine that runs it keeps of its runs is the scene's own, beside its root.
  const state = { CERTWRIGHT_STATE_DIR: join(folder, 'state') }
  const ran = await run('timeout', ['-s', 'KILL', ...command], { cwd: folder, env: { ...state, ...env } })
  return { ...ran, durationMs: performance.now() - began }
}
