import { readFile } from 'node:fs/promises'
import { runCommand } from './run.ts'

/** The names behind numbers, and the numbers behind names. */
export interface OwnerNames {
  user(uid: number): string
  group(gid: number): string
  /** Undefined for a name that the host does not know; a number stands for itself. */
  uid(name: string): number | undefined
  gid(name: string): number | undefined
}

/** From /etc/passwd and /etc/group; names that are not there are asked of getent (LDAP and the like). */
export async function readOwnerNames(
  users: readonly string[],
  groups: readonly string[],
): Promise<OwnerNames> {
  const userIds = await readDatabase('/etc/passwd', 'passwd', users)
  const groupIds = await readDatabase('/etc/group', 'group', groups)
  const nameOf = (ids: ReadonlyMap<string, number>, id: number) =>
    [...ids].find(([, each]) => each === id)?.[0] ?? String(id)
  const idOf = (ids: ReadonlyMap<string, number>, name: string) =>
    ids.get(name) ?? (/^\d+$/.test(name) ? Number(name) : undefined)
  return {
    user: (uid) => nameOf(userIds, uid),
    group: (gid) => nameOf(groupIds, gid),
    uid: (name) => idOf(userIds, name),
    gid: (name) => idOf(groupIds, name),
  }
}

async function readDatabase(
  file: string,
  database: 'passwd' | 'group',
  wanted: readonly string[],
): Promise<Map<string, number>> {
  const ids = parseDatabase(await readFile(file, 'utf8').catch(() => ''))
  const unknown = wanted.filter((name) => !ids.has(name) && !/^\d+$/.test(name))
  if (unknown.length === 0) return ids
  const { stdout } = await runCommand({ argv: ['getent', database, ...unknown], timeoutMs: 5000 })
  return new Map([...ids, ...parseDatabase(stdout)])
}

/** `name:password:id:…` a line. */
function parseDatabase(text: string): Map<string, number> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [name, , id] = line.split(':')
      return name && id && /^\d+$/.test(id) ? [[name, Number(id)]] : []
    }),
  )
}
