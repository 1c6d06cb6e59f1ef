// Inventories that are no files: what a program prints, or what comes on standard input.
import { relative } from 'node:path'
import type { Complaints } from './complaints.ts'
import type { YamlDocument } from './document.ts'
import type { FileReader } from './files.ts'
import { parseJson } from './json.ts'
import { parseYaml } from './yaml.ts'

interface Reading {
  readonly files: FileReader
  readonly complaints: Complaints
}

/** `-i -`: JSON as `ansible-inventory --list` prints it, or YAML. */
export async function readStandardInput({ files, complaints }: Reading): Promise<YamlDocument | undefined> {
  const file = 'standard input'
  const found = await files.readStandardInput()
  if (found.kind === 'error') {
    complaints.about(file, { code: 'unreadable-file', message: `${file} ${found.detail}` })
    return undefined
  }
  const names = { file, path: file }
  const isJson = Buffer.from(found.bytes.subarray(0, 64)).toString('latin1').trimStart().startsWith('{')
  return isJson
    ? parseJson(names, found.bytes, complaints)
    : parseYaml({ ...names, dialect: 'ansible' }, found.bytes, complaints)
}

/**
 * An executable inventory: `--list` prints all of it. A program that leaves out `_meta` is asked for every host's
 * variables with `--host NAME`, as Ansible does.
 */
export async function runInventory(
  path: string,
  cwd: string,
  { files, complaints }: Reading,
): Promise<YamlDocument | undefined> {
  const shown = relative(cwd, path)
  const names = { file: shown.startsWith('..') ? path : shown, path }
  const ask = async (...args: string[]) => {
    const found = await files.runProgram([path, ...args])
    if (found.kind === 'bytes') return parseJson(names, found.bytes, complaints)
    const message = `${names.file} ${args.join(' ')} ${found.detail}`
    complaints.about(names.file, { code: 'inventory-program', message })
    return undefined
  }
  const list = await ask('--list')
  const groups = list?.value
  if (!list || typeof groups !== 'object' || groups === null || '_meta' in groups) return list
  const hostvars: Record<string, unknown> = Object.create(null)
  for (const host of hostsOf(groups)) {
    const vars = await ask('--host', host)
    if (!vars) return undefined
    hostvars[host] = vars.value
  }
  return { ...list, value: { ...groups, _meta: { hostvars } } }
}

function hostsOf(groups: object): Set<string> {
  const hosts = Object.values(groups).flatMap((group): unknown[] => {
    const list: unknown = Array.isArray(group) ? group : (group as { hosts?: unknown } | null)?.hosts
    return Array.isArray(list) ? list : []
  })
  // Anything else is no name, and told as such when the inventory is validated.
  return new Set(hosts.filter((host) => typeof host === 'string'))
}
