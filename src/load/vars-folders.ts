// group_vars/ and host_vars/, beside an inventory and beside the playbook, as Ansible finds them.
import { join } from 'node:path'
import type { Complaints } from './complaints.ts'
import type { YamlDocument } from './document.ts'
import { variablesOf } from './extra-vars.ts'
import type { FileReader } from './files.ts'
import { folderComplaint, listFiles } from './folder.ts'
import { setVariable } from './inventory-merge.ts'
import type { Variable, VarsFolders } from './inventory-model.ts'

interface Reading {
  readonly files: FileReader
  readonly read: (path: string) => Promise<YamlDocument | undefined>
  readonly complaints: Complaints
}

/** Everything in the two folders, whether or not the inventory knows the name: an unknown one is a mistake to be told. */
export async function readVarsFolders(base: string, reading: Reading): Promise<VarsFolders> {
  return {
    groups: await readFolder(join(base, 'group_vars'), reading),
    hosts: await readFolder(join(base, 'host_vars'), reading),
  }
}

const endings = ['', '.yml', '.yaml', '.json']

/** For each name the first of: a file or folder of that name, `.yml`, `.yaml`, `.json`. */
async function readFolder(
  folder: string,
  reading: Reading,
): Promise<Map<string, ReadonlyMap<string, Variable>>> {
  const entries = (await reading.files.list(folder)) ?? []
  if ('detail' in entries) {
    reading.complaints.about(folder, folderComplaint({ kind: 'error', folder, detail: entries.detail }))
    return new Map()
  }
  const visible = entries.filter(({ name }) => isVisible(name))
  const found = new Map<string, ReadonlyMap<string, Variable>>()
  for (const name of new Set(visible.map((entry) => stem(entry.name)))) {
    const entry = endings.flatMap(
      (ending) => visible.find((each) => each.name === `${name}${ending}`) ?? [],
    )[0]
    if (!entry) continue
    const path = join(folder, entry.name)
    const files = entry.isFolder ? await listDeep(path, reading) : [path]
    const vars = new Map<string, Variable>()
    for (const file of files)
      for (const [key, variable] of variablesOf(await reading.read(file), reading.complaints))
        setVariable(vars, key, variable)
    found.set(name, vars)
  }
  return found
}

/** All files below a folder, in order; names with other endings are none of ours. */
async function listDeep(folder: string, { files, complaints }: Reading): Promise<readonly string[]> {
  const found = await listFiles(
    folder,
    files,
    ({ name, isFolder }) => isVisible(name) && (isFolder || endings.includes(ending(name))),
  )
  if (found.kind === 'files') return found.paths
  complaints.about(folder, folderComplaint(found))
  return []
}

function isVisible(name: string): boolean {
  return !name.startsWith('.') && !name.endsWith('~')
}

function ending(name: string): string {
  return /\.[^.]*$/.exec(name)?.[0] ?? ''
}

function stem(name: string): string {
  return endings.includes(ending(name)) ? name.slice(0, name.length - ending(name).length) : name
}
