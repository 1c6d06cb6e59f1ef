// Where the files of a transaction are, were and will be on a remote host. Pure.
import { randomBytes } from 'node:crypto'
import { basename, dirname } from 'node:path'
import type { TransactionFile } from '../../model/transaction.ts'
import { locate, stagedPath, waitingPath } from './paths.ts'

export interface Placed {
  readonly index: number
  readonly file: TransactionFile
  readonly location: string
  /** Where it is written at first. */
  readonly staged: string
  /** Under its own name in a folder beside it, from where all that belongs together goes to its place at once. */
  readonly waiting: string
  /** What it is switched with; undefined for a plain file. */
  readonly set?: LinkSet
}

/** Files that are reached through one link, into a folder that is made anew. */
export interface LinkSet {
  readonly number: number
  /** The link, where it waits, and the folder that it will lead to. */
  readonly live: string
  readonly waiting: string
  readonly tree: string
  readonly files: readonly number[]
}

export function placeAll(files: readonly TransactionFile[], root: string): Placed[] {
  const lives = [...new Set(files.flatMap(({ through }) => through ?? []))]
  const sets = lives.map((through, number): LinkSet => {
    const live = locate(root, through)
    const tree = `${live}-${randomBytes(8).toString('hex')}`
    const own = files.flatMap((file, index) => (file.through === through ? [index] : []))
    return { number, live, waiting: waitingPath(live), tree, files: own }
  })
  return files.map((file, index) => {
    const location = locate(root, file.path)
    const set = sets.find(({ files: own }) => own.includes(index))
    const staged = set ? `${set.tree}/${basename(location)}` : stageAt(file, root, location)
    const placed = { index, file, location, staged, waiting: waitingPath(location) }
    return set ? { ...placed, set } : placed
  })
}

function stageAt({ content }: TransactionFile, root: string, location: string): string {
  return content.kind === 'staged' ? locate(root, content.stagedPath) : stagedPath(location)
}

/** Whether new content comes to its place. */
export function isReplaced({ file, set }: Placed): boolean {
  return set !== undefined || file.content.kind !== 'kept'
}

export function setsOf(placed: readonly Placed[]): LinkSet[] {
  return [...new Set(placed.flatMap(({ set }) => set ?? []))]
}

/** Where what is to be switched waits, by folder; a link comes before what is reached through it. */
export function groupByFolder(placed: readonly Placed[]): [string, string[]][] {
  const folders = new Map<string, string[]>()
  const waiting = [
    ...setsOf(placed).map((set) => set.waiting),
    ...placed.filter(isReplaced).map((each) => each.waiting),
  ]
  for (const path of waiting)
    folders.set(dirname(path), [...(folders.get(dirname(path)) ?? []), basename(path)])
  return [...folders]
}
