import { expect, it } from 'vitest'
import { auditLocal, auditRemote } from './order.ts'

it.each([
  ['on this machine', auditLocal],
  ['on a remote host', auditRemote],
])(
  'a renewal %s syncs files before their renames, the journal before the first and folders before the journal ends',
  async (_, audit) => {
    expect(await audit('dist')).toEqual([])
  },
)
