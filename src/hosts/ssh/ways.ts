// How a remote host tells of a way → what judges it. Pure.
import type { Passed, Walked } from '../transaction/way.ts'
import { decode, type Fields } from './facts.ts'

const linePattern = /^([0-9a-f]{1,8}) (\d{1,10}) (\d{1,10}) (\S+) (\S+) (\d{1,20}) (\/.*)$/

/** Of `ends count missing passed`. What does not add up has changed while it was looked at, and is no way. */
export function readWalked([ends, count, missing, passed]: Fields): Walked {
  const lines = decode(passed).toString('utf8').split('\n').filter(Boolean)
  const found = lines.flatMap((line) => parseLine(line) ?? [])
  const names = decode(missing).toString('utf8').split('/')
  const isWhole = found.length === lines.length && found.length === Number(count)
  const last = found.at(-1)
  if (!isWhole || ends === 'blocked') return { passed: [...found, block(last, 'other')], missing: [] }
  if (ends === 'hidden') return { passed: [...found, block(last, 'hidden')], missing: [] }
  return { passed: found, missing: names.filter((name) => name !== '' && name !== '.') }
}

function block(last: Passed | undefined, kind: 'other' | 'hidden'): Passed {
  const base = { uid: 0, gid: 0, owner: 'root', group: 'root', mode: 0, device: '' }
  return { ...base, path: last?.path ?? '/', kind }
}

function parseLine(line: string): Passed | undefined {
  const [, raw = '', uid, gid, owner = '', group = '', device = '', path = ''] = linePattern.exec(line) ?? []
  if (uid === undefined || gid === undefined) return undefined
  const mode = Number.parseInt(raw, 16)
  const type = mode & 0xf000
  const kind = type === 0x4000 ? 'folder' : type === 0xa000 ? 'link' : 'other'
  return {
    path,
    kind,
    uid: Number(uid),
    gid: Number(gid),
    owner: nameOf(owner, uid),
    group: nameOf(group, gid),
    mode: mode & 0o7777,
    device,
  }
}

/** stat has a word of its own for what has no name. */
function nameOf(name: string, id: string): string {
  return name === 'UNKNOWN' ? id : name
}
