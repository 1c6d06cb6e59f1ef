// The way to a folder of this machine, component by component.
import { lstat, readlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Passed, Walked } from '../transaction/way.ts'
import { errorCode } from './errors.ts'
import type { OwnerNames } from './owners.ts'

/** As the kernel has it (ELOOP). */
const maximumLinks = 40

/** `top`: where the way begins: the host's root with its links resolved, or `/`. The folder is below it. */
export async function walk(folder: string, top: string, names: OwnerNames): Promise<Walked> {
  const rest = folder.slice(top === '/' ? 0 : top.length).split('/')
  const first = await look(top, names).catch(unlessAbsent)
  if (!first) return { passed: [], missing: rest.filter(isName) }
  const passed: Passed[] = [first]
  let real = top === '/' ? '' : top
  let links = 0
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      real = real === '' ? '' : dirname(real).replace(/^\/$/, '')
      continue
    }
    const path = `${real}/${part}`
    const found = await look(path, names).catch(unlessAbsent)
    if (!found) return { passed, missing: [part, ...rest].filter(isName) }
    passed.push(found)
    if (found.kind === 'folder') real = path
    else if (found.kind !== 'link') break
    else {
      const target = await readlink(path).catch(() => '')
      links += 1
      if (target === '' || links > maximumLinks)
        return { passed: [...passed, { ...found, kind: 'other' }], missing: [] }
      if (target.startsWith('/')) {
        real = ''
        passed.push(await look('/', names))
      }
      rest.unshift(...target.split('/'))
    }
  }
  return { passed, missing: [] }
}

async function look(path: string, names: OwnerNames): Promise<Passed> {
  const hidden = { uid: 0, gid: 0, owner: 'root', group: 'root', mode: 0, device: '' }
  const stat = await lstat(path).catch((error: unknown) => {
    if (errorCode(error) === 'EACCES') return undefined
    throw error
  })
  if (!stat) return { path, kind: 'hidden', ...hidden }
  const { uid, gid, mode, dev } = stat
  const kind = stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'other'
  const who = { uid, gid, owner: names.user(uid), group: names.group(gid) }
  return { path, kind, ...who, mode: mode & 0o7777, device: String(dev) }
}

function isName(part: string): boolean {
  return part !== '' && part !== '.'
}

function unlessAbsent(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT') return undefined
  throw error
}
