// What is in a folder, and in the folders within it: a bounded number of files, whatever the folder turns out to be.
import { join } from 'node:path'
import type { Complaint } from './complaints.ts'
import type { FileReader, FolderEntry } from './files.ts'

/** More than any inventory has; `/` has them at once. */
const maximumFiles = 1000
const maximumDepth = 8

export type Listed = { readonly kind: 'files'; readonly paths: readonly string[] } | UnlistedFolder

export interface UnlistedFolder {
  readonly kind: 'error'
  readonly folder: string
  readonly detail: string
}

export function folderComplaint({ folder, detail }: UnlistedFolder): Complaint {
  const hint = 'name a folder that holds inventories, group_vars and host_vars, and nothing else'
  return { code: 'unreadable-folder', message: `${folder} ${detail}`, hint }
}

/** Files in ASCII order, folders within it in their place. Nothing is read, nor run, before all of it is known to be bounded. */
export async function listFiles(
  folder: string,
  { list }: Pick<FileReader, 'list'>,
  takes: (entry: FolderEntry) => boolean,
): Promise<Listed> {
  const paths: string[] = []
  const refuse = (at: string, detail: string): Listed => ({ kind: 'error', folder: at, detail })
  const visit = async (at: string, depth: number): Promise<Listed | undefined> => {
    if (depth > maximumDepth)
      return refuse(at, `lies more than ${maximumDepth} folders deep: does a link lead back?`)
    const entries = (await list(at)) ?? []
    if ('detail' in entries) return refuse(at, entries.detail)
    for (const entry of entries.filter(takes)) {
      const path = join(at, entry.name)
      if (!entry.isFolder) paths.push(path)
      const fault = entry.isFolder ? await visit(path, depth + 1) : undefined
      if (fault) return fault
      if (paths.length > maximumFiles) return refuse(folder, `holds more than ${maximumFiles} files`)
    }
    return undefined
  }
  return (await visit(folder, 1)) ?? { kind: 'files', paths }
}
