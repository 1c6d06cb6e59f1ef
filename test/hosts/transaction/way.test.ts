import { describe, expect, it } from 'vitest'
import { judgeWay, type Passed } from '../../../src/hosts/transaction/way.ts'

const me = { uid: 0, gid: 0 }
const [service, other] = [101, 102]

const folder = (path: string, over: Partial<Passed> = {}): Passed => ({
  path,
  kind: 'folder',
  uid: 0,
  gid: 0,
  owner: String(over.uid ?? 0),
  group: String(over.gid ?? 0),
  mode: 0o755,
  device: '1',
  ...over,
})
const link = (path: string, uid = 0): Passed => ({ ...folder(path, { uid }), kind: 'link', mode: 0o777 })
const root = folder('/')

const judge = (...passed: readonly Passed[]) => judgeWay({ passed, missing: [] }, '/', me)
const told = (...passed: readonly Passed[]) => {
  const way = judge(...passed)
  if (way.kind === 'trusted') return way.kind
  return way.kind === 'held' ? `held by ${way.holder}, staged in ${way.staging}` : way.fault.reason
}

describe('a way', () => {
  it.each<[string, readonly Passed[], string]>([
    ['through folders of root', [root, folder('/a'), folder('/a/b')], 'trusted'],
    ['through a link of root', [root, link('/a'), folder('/b')], 'trusted'],
    [
      'through a folder where everybody may write, but not to what is not theirs',
      [root, folder('/tmp', { mode: 0o1777 }), folder('/tmp/a')],
      'trusted',
    ],
    ['to a folder that root’s own group may write in', [root, folder('/a', { mode: 0o775 })], 'trusted'],
    ['to a folder of a service', [root, folder('/s', { uid: service })], 'held by 101, staged in /'],
    [
      'through a folder of a service to one of the same',
      [root, folder('/v'), folder('/v/s', { uid: service }), folder('/v/s/c', { uid: service })],
      'held by 101, staged in /v',
    ],
    [
      'to a folder that a group may write in',
      [root, folder('/g', { gid: service, mode: 0o775 })],
      'held by 0, staged in /',
    ],
    [
      'to a folder of a service below one where everybody may write',
      [root, folder('/tmp', { mode: 0o1777 }), folder('/tmp/s', { uid: service })],
      'held by 101, staged in /tmp',
    ],
    [
      'through a folder of a service to one of another',
      [root, folder('/s', { uid: service }), folder('/s/o', { uid: other })],
      'handed-on',
    ],
    [
      'through a folder of a service to one of root',
      [root, folder('/s', { uid: service }), folder('/s/r')],
      'handed-on',
    ],
    [
      'on from a folder that a group may write in',
      [root, folder('/g', { gid: service, mode: 0o775 }), folder('/g/r')],
      'handed-on',
    ],
    [
      'through a link in a folder of a service',
      [root, folder('/s', { uid: service }), link('/s/l', service), folder('/o', { uid: service })],
      'foreign-link',
    ],
    [
      'through a link of a service where everybody may write',
      [root, folder('/tmp', { mode: 0o1777 }), link('/tmp/l', service), folder('/o')],
      'foreign-link',
    ],
    [
      'through a folder where everybody may write',
      [root, folder('/x', { mode: 0o777 }), folder('/x/a')],
      'exposed',
    ],
    [
      'to a folder of a service on a disk of its own',
      [root, folder('/s', { uid: service, device: '2' })],
      'own-disk',
    ],
    ['through a file', [root, { ...folder('/f'), kind: 'other' }], 'blocked'],
    ['through what may not be looked into', [root, { ...folder('/h'), kind: 'hidden' }], 'blocked'],
  ])('%s', (_, passed, expected) => {
    expect(told(...passed)).toBe(expected)
  })

  it('below a root that somebody else owns begins with that root', () => {
    const top = folder('/home/a/sandbox', { uid: service })
    expect(judgeWay({ passed: [top, folder('/home/a/sandbox/etc')], missing: [] }, top.path, me).kind).toBe(
      'trusted',
    )
  })

  it('that is a user’s own is trusted when that user works', () => {
    const way = judgeWay(
      { passed: [root, folder('/s', { uid: service, gid: service, mode: 0o775 })], missing: [] },
      '/',
      { uid: service, gid: service },
    )
    expect(way.kind).toBe('trusted')
  })

  it('says whose the folder is, and where what is not ours begins', () => {
    expect(
      judge(
        root,
        folder('/s', { uid: service, owner: 'etcd' }),
        folder('/s/o', { uid: other, owner: 'mallory' }),
      ),
    ).toMatchObject({
      fault: {
        folder: '/s/o',
        detail: 'belongs to user mallory and lies in /s, where user etcd may exchange it',
      },
    })
  })

  it('to what does not exist yet ends at the last folder that does', () => {
    expect(judgeWay({ passed: [root, folder('/a')], missing: ['b', 'c'] }, '/', me)).toEqual({
      kind: 'trusted',
      folder: '/a',
      missing: ['b', 'c'],
    })
  })
})
