// A remote machine, as transactions see it.
import { HostError } from '../../model/host.ts'
import type { Disk, StoredGeneration } from '../transaction/disk.ts'
import type { Connection } from './connection.ts'
import { decode } from './facts.ts'
import { look } from './look.ts'
import { type PerformContext, perform } from './perform.ts'
import { makeScript } from './script.ts'

/** `root`: with its links resolved, as the host has told. */
export function openDisk(context: PerformContext): Disk {
  const { connection, root, state } = context
  return {
    root,
    state,
    look: (request) => look(connection, root, request),
    perform: async (program) => (await perform(context, program)).performed,
    readGenerations: () => readGenerations(connection, state),
    readKept: (paths) => readKept(connection, paths),
  }
}

async function readGenerations(connection: Connection, state: string): Promise<StoredGeneration[]> {
  const script = makeScript()
  script.add('generations', state)
  const records = await connection.request(script.text())
  return records
    .filter(([word]) => word === 'generation')
    .map(([, name = '-', journal, manifest]) => {
      // Whoever is not understood here might have something under way.
      if (name === '-') throw notUnderstood()
      return {
        name: decode(name).toString('utf8'),
        ...readText('journal', journal),
        ...readText('manifest', manifest),
      }
    })
}

/** A comma in front tells an empty file from none. */
function readText<K extends string>(key: K, field = ''): { readonly [each in K]?: string } {
  if (field === '-') return {}
  if (!field.startsWith(',')) throw notUnderstood()
  return { [key]: decode(field.slice(1)).toString('utf8') } as { readonly [each in K]: string }
}

function notUnderstood(): HostError {
  return new HostError('it describes a generation in a way that cannot be understood', true)
}

async function readKept(
  connection: Connection,
  paths: readonly string[],
): Promise<(Uint8Array | undefined)[]> {
  const script = makeScript()
  for (const [index, path] of paths.entries()) script.add('kept', index, path)
  const records = await connection.request(script.text())
  const found = new Map(
    records.flatMap(([word, index, content]) =>
      word === 'kept' ? [[Number(index), decode(content)] as const] : [],
    ),
  )
  return paths.map((_, index) => found.get(index))
}
