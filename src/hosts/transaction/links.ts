// Files that are links into a folder of their own (`install: generations`):
//
//     leaf.crt → .leaf.crt.certwright/leaf.crt      leaf.key → .leaf.crt.certwright/leaf.key
//     .leaf.crt.certwright → .leaf.crt.certwright-0123456789abcdef
//
// The second link is what is switched. Links of this form are followed, in folders where nobody else may write; all
// others are somebody else's. Pure.
import { basename } from 'node:path'

const livePattern = /^\.[^/]+\.certwright$/

/** The name of the link that is switched, if a link with this target at a file of this name is one of ours. */
export function liveNameOf(name: string, target: string): string | undefined {
  const [live, base, ...rest] = target.split('/')
  return live && base === name && rest.length === 0 && livePattern.test(live) ? live : undefined
}

/** Whether a link of this name may lead to a folder of that one. */
export function isTreeOf(live: string, name: string): boolean {
  return name.startsWith(`${live}-`) && /^[0-9a-f]{16}$/.test(name.slice(live.length + 1))
}

export function isLive(location: string): boolean {
  return livePattern.test(basename(location))
}

/** The link that may lead to it; undefined for a folder that is none of these. */
export function liveOfTree(tree: string): string | undefined {
  return /^(.*\/\.[^/]+\.certwright)-[0-9a-f]{16}$/.exec(tree)?.[1]
}

/** What is reached through the same link belongs together; what is reached through none, under undefined. */
export function groupByLink<T>(
  files: readonly T[],
  linkOf: (file: T) => string | undefined,
): Map<string | undefined, T[]> {
  const sets = new Map<string | undefined, T[]>()
  for (const file of files) {
    const set = sets.get(linkOf(file))
    if (set) set.push(file)
    else sets.set(linkOf(file), [file])
  }
  return sets
}
