// Looks at places of a machine, and follows links of certwright's own; one round trip where there are none.
import { basename, dirname } from 'node:path'
import type { Disk, Found, LookRequest } from './disk.ts'
import { isTreeOf, liveNameOf } from './links.ts'
import { type Place, pathOf } from './place.ts'
import { judgeWay, type Way, type WayFault, type Worker } from './way.ts'

export type OpenWay = Exclude<Way, { kind: 'refused' }>

/** What is at a path, and how it is reached. */
export type Seen =
  | { readonly kind: 'refused'; readonly fault: WayFault }
  | ({ readonly place: Place; readonly way: OpenWay } & Found)

export type SeenFile = Extract<Seen, { kind: 'file' }>

/** The folder that a link of ours leads to. */
export interface Tree {
  readonly folder: string
  readonly names: readonly string[]
}

export interface View {
  readonly me: Worker
  /** What is there itself. */
  readonly at: (path: string) => Seen
  /** By the link that is switched. */
  readonly treeOf: (live: string) => Tree | undefined
}

/** `lives`: links that are switched, or will be. */
export async function lookAt(
  disk: Disk,
  files: LookRequest['files'],
  lives: readonly string[] = [],
): Promise<View> {
  const seen = new Map<string, Seen>()
  const trees = new Map<string, Tree>()
  const look = async (wanted: LookRequest['files']) => {
    const unseen = wanted.filter(({ path }) => !seen.has(path))
    const sight = await disk.look({ files: unseen })
    for (const [index, { path }] of unseen.entries()) seen.set(path, judge(path, sight.files[index], sight))
    return sight
  }
  const at = (path: string): Seen => {
    const found = seen.get(path)
    if (found) return found
    throw new Error(`${path} has not been looked at`)
  }
  const { me } = await look([...files, ...lives.map((path) => ({ path }))])
  const led = files.flatMap(({ path }) => liveOf(path, at(path)) ?? [])
  const all = [...new Set([...lives, ...led])]
  if (led.some((live) => !seen.has(live))) await look(led.map((path) => ({ path })))
  const folders = all.flatMap((live) => {
    const folder = folderOf(live, at(live))
    return folder === undefined ? [] : [{ live, folder }]
  })
  if (folders.length > 0) {
    const { listings } = await disk.look({ files: [], listed: folders.map(({ folder }) => folder) })
    for (const [index, { live, folder }] of folders.entries())
      trees.set(live, { folder, names: listings[index] ?? [] })
    const keys = new Map(files.flatMap(({ path, key }) => (key ? [[basename(path), key] as const] : [])))
    const inside = [...trees.values()].flatMap(({ folder, names }) =>
      names.map((name) => {
        const key = keys.get(name)
        return { path: pathOf({ folder, name }), ...(key ? { key } : {}) }
      }),
    )
    await look(inside)
  }
  return { me, at, treeOf: (live) => trees.get(live) }
}

function judge(
  path: string,
  found: Found | undefined,
  { ways, top, me }: Awaited<ReturnType<Disk['look']>>,
): Seen {
  const walked = ways.get(dirname(path))
  if (!found || !walked) throw new Error(`${path} was not answered for`)
  const way = keepInside(judgeWay(walked, top, me), top)
  return way.kind === 'refused' ? way : { ...found, way, place: placeOn(way, path) }
}

/** Where a path of the machine is, at the end of its way. */
export function placeOn(
  way: Pick<OpenWay, 'folder' | 'missing'> & { readonly holder?: number },
  path: string,
): Place {
  const folder = [way.folder === '/' ? '' : way.folder, ...way.missing].join('/') || '/'
  const name = basename(path)
  return way.holder === undefined ? { folder, name } : { folder, name, holder: way.holder }
}

/** Below a root, a link that leads out of it leads nowhere. */
export function keepInside(way: Way, top: string): Way {
  if (
    way.kind === 'refused' ? !way.readable || isInside(way.readable.folder, top) : isInside(way.folder, top)
  )
    return way
  const folder = way.kind === 'refused' ? way.fault.folder : way.folder
  return { kind: 'refused', fault: { folder, reason: 'outside', detail: 'is outside of certwright_root' } }
}

function isInside(folder: string, top: string): boolean {
  return `${folder}/`.startsWith(top === '/' ? '/' : `${top}/`)
}

/** The link that is switched, where a file is reached through one of ours. */
export function liveOf(path: string, seen: Seen): string | undefined {
  if (seen.kind !== 'link' || seen.way.kind !== 'trusted') return undefined
  const name = liveNameOf(basename(path), seen.target)
  return name === undefined ? undefined : `${dirname(path)}/${name}`
}

function folderOf(live: string, seen: Seen): string | undefined {
  if (seen.kind !== 'link' || seen.way.kind !== 'trusted' || !isTreeOf(basename(live), seen.target))
    return undefined
  return pathOf({ folder: seen.place.folder, name: seen.target })
}

export interface Reached {
  readonly seen: Seen
  readonly through?: { readonly live: string; readonly tree: Tree }
}

/** What a path stands for: a file, or the one that its link leads to. */
export function reach(view: View, path: string): Reached {
  const seen = view.at(path)
  const live = liveOf(path, seen)
  const tree = live === undefined ? undefined : view.treeOf(live)
  if (live === undefined || !tree?.names.includes(basename(path))) return { seen }
  return { seen: view.at(pathOf({ folder: tree.folder, name: basename(path) })), through: { live, tree } }
}
