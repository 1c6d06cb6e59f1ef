// What a run puts beside its targets before anything is visible. Everything is written down before it is made, so that
// the next run can sweep what a killed one leaves behind.
import { randomBytes } from 'node:crypto'
import { appendFile, open, readdir, readFile, rm, rmdir, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errorCode } from './errors.ts'
import { makeFolder, makeOne, makePrivateFolder, syncFolder, writeNewFile } from './files.ts'
import { readLink } from './links.ts'

export interface Staging {
  /** A name beside the target that nothing else has, in a folder that exists. */
  readonly reserve: (location: string) => Promise<string>
  readonly makeFolder: (folder: string) => Promise<void>
  /** A new folder for files that are reached through this link. It stays if the link leads to it in the end. */
  readonly makeTree: (live: string) => Promise<string>
  /** A folder that such a link led to: it goes once the link leads elsewhere. */
  readonly retireTree: (folder: string) => Promise<void>
  /** Takes back what was staged and not installed, and folders that stayed empty. */
  readonly discard: () => Promise<void>
}

/** `state`: certwright's own folder on the host; `run` is in the name of the list. */
export function openStaging(state: string, run: string): Staging {
  const list = join(state, 'staged', `${run}-${randomBytes(4).toString('hex')}`)
  const files = new Set<string>()
  const folders: string[] = []
  const trees = new Set<string>()
  const announce = async (kind: 'file' | 'folder' | 'tree', path: string) => {
    if (files.size + folders.length + trees.size === 0) await startList(list)
    if (kind === 'file') files.add(path)
    else if (kind === 'tree') trees.add(path)
    else folders.push(path)
    await appendFile(list, `${kind} ${Buffer.from(path).toString('base64')}\n`, { flush: true })
  }
  const make = (folder: string) => makeFolder(folder, (each) => announce('folder', each))
  return {
    reserve: async (location) => {
      await make(dirname(location))
      const staged = strayName(location)
      await announce('file', staged)
      return staged
    },
    makeFolder: make,
    makeTree: async (live) => {
      await make(dirname(live))
      const folder = `${live}-${randomBytes(8).toString('hex')}`
      await announce('tree', folder)
      await makeOne(folder, 0o755)
      return folder
    },
    retireTree: (folder) => announce('tree', folder),
    discard: async () => {
      const { whole } = await remove({ files, folders, trees })
      if (whole) await unlink(list).catch(() => undefined)
    },
  }
}

/** Of the form that a sweep removes. */
export function strayName(location: string): string {
  return join(dirname(location), `.${basename(location)}.certwright-${randomBytes(8).toString('hex')}`)
}

/** Writes the bytes to a new file beside the target. */
export async function stageFile(staging: Staging, location: string, bytes: Uint8Array): Promise<string> {
  const staged = await staging.reserve(location)
  await writeNewFile(staged, bytes)
  return staged
}

async function startList(list: string): Promise<void> {
  await makePrivateFolder(dirname(dirname(list)))
  await makePrivateFolder(dirname(list))
  const file = await open(list, 'a', 0o600)
  await file.sync().finally(() => file.close())
  await syncFolder(dirname(list))
}

interface Leftovers {
  readonly files: Iterable<string>
  readonly folders: readonly string[]
  readonly trees: Iterable<string>
}

/** `whole`: nothing is left. Folders that others use by now are theirs. */
async function remove({ files, folders, trees }: Leftovers): Promise<{ removed: number; whole: boolean }> {
  let [removed, whole] = [0, true]
  const fail = () => {
    whole = false
  }
  for (const file of files)
    await unlink(file).then(
      () => {
        removed += 1
      },
      (error: unknown) => errorCode(error) === 'ENOENT' || fail(),
    )
  for (const tree of trees)
    if (!(await isLive(tree))) await rm(tree, { recursive: true, force: true }).catch(fail)
  for (const folder of folders.toReversed()) await rmdir(folder).catch(() => undefined)
  return { removed, whole }
}

/** Whether its link leads to it; what is no such folder is nobody's to remove. */
async function isLive(tree: string): Promise<boolean> {
  const live = /^(.*\/\.[^/]+\.certwright)-[0-9a-f]{16}$/.exec(tree)?.[1]
  return live === undefined || (await readLink(live)) === basename(tree)
}

/** A staged file: beside its place, or (a remote run) in a folder beside it. */
const stray = /\/\.[^/]*\.certwright-[0-9a-f]{16}$|\/\.certwright-[0-9a-f]{16}\/[^/]+$/

/** Removes what earlier runs wrote down and left, and half-written files of certwright's own; how many there were. */
export async function sweep(state: string): Promise<number> {
  let swept = 0
  for (const name of await listFolder(join(state, 'staged'))) {
    const list = join(state, 'staged', name)
    const entries = parseList(await readFile(list, 'latin1'))
    const named = (kind: string) => entries.flatMap(([each, path]) => (each === kind ? [path] : []))
    const files = named('file').filter((path) => stray.test(path))
    const { removed, whole } = await remove({ files, folders: named('folder'), trees: named('tree') })
    swept += removed
    if (whole) await unlink(list)
  }
  for (const folder of [state, join(state, 'services')]) {
    const strays = (await listFolder(folder)).map((name) => join(folder, name))
    const files = strays.filter((path) => stray.test(path))
    swept += (await remove({ files, folders: [], trees: [] })).removed
  }
  return swept
}

/** Whole lines only: half a path is another path. */
function parseList(text: string): [string, string][] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [kind = '', path = ''] = line.split(' ')
      return [kind, Buffer.from(path, 'base64').toString('utf8')]
    })
}

async function listFolder(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return []
    throw error
  })
}
