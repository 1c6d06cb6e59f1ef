// This machine, as transactions see it.
import { randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Disk, StoredGeneration, StoredList } from '../transaction/disk.ts'
import { journalName, manifestName } from '../transaction/journal.ts'
import { errorCode } from './errors.ts'
import { look } from './look.ts'
import { perform } from './perform.ts'
import { readRegularFile } from './read.ts'

/** `top`: the host's root, links resolved; `list`: where this run writes down what it makes. */
export function openDisk(top: string, state: string, list: string): Disk {
  return {
    root: top === '/' ? '' : top,
    state,
    look: (request) => look(top, request),
    perform: (program) => perform({ list }, program),
    readGenerations: () => readGenerations(join(state, 'generations')),
    readKept: (paths) => Promise.all(paths.map(readKept)),
  }
}

async function readGenerations(folder: string): Promise<StoredGeneration[]> {
  const names = await listFolder(folder)
  return Promise.all(
    names.map(async (name) => {
      const journal = await readText(join(folder, name, journalName))
      const manifest = await readText(join(folder, name, manifestName))
      return {
        name,
        ...(journal === undefined ? {} : { journal }),
        ...(manifest === undefined ? {} : { manifest }),
      }
    }),
  )
}

/** Undefined where there is none; what cannot be read says nothing that could be understood. */
async function readText(path: string): Promise<string | undefined> {
  const read = await readRegularFile(path)
  if (read.kind === 'absent') return undefined
  return read.kind === 'file' ? read.bytes.toString('utf8') : ''
}

async function readKept(path: string): Promise<Uint8Array | undefined> {
  const read = await readRegularFile(path)
  return read.kind === 'file' && !read.bytes.includes('PRIVATE KEY-----') ? read.bytes : undefined
}

/** What earlier runs wrote down and left. */
export async function readLists(state: string): Promise<StoredList[]> {
  const folder = join(state, 'staged')
  const paths = (await listFolder(folder)).map((name) => join(folder, name))
  return Promise.all(paths.map(async (path) => ({ path, text: (await readText(path)) ?? '' })))
}

export async function listFolder(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return []
    throw error
  })
}

/** Half-written files of certwright's own; how many there were. */
export async function sweepStrays(state: string): Promise<number> {
  let swept = 0
  for (const folder of [state, join(state, 'services')])
    for (const name of (await listFolder(folder)).filter(isStray)) {
      await rm(join(folder, name), { force: true })
      swept += 1
    }
  return swept
}

const strayPattern = /^\.[^/]+\.certwright-[0-9a-f]{16}$/

function isStray(name: string): boolean {
  return strayPattern.test(name)
}

/** A name beside a file of certwright's own that nothing else has, and that a sweep knows. */
export function strayName(location: string): string {
  return join(dirname(location), `.${basename(location)}.certwright-${randomBytes(8).toString('hex')}`)
}
