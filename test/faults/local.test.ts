// Sweep A and B: a fault at every call by which a renewal changes the disk of this machine.
import { describe, expect, it } from 'vitest'
import { sweepLocal } from './sweep.ts'

describe.each(['files', 'generations'] as const)('a run on this machine, with install: %s,', (install) => {
  it('killed at any call that changes the disk is finished or undone by certwright recover', async () => {
    const { faults, violations } = await sweepLocal('kill', { install })
    expect(violations).toEqual([])
    expect(faults).toBeGreaterThan(70)
  })

  // Which error it is makes no difference to how a link is switched.
  it.each(install === 'files' ? (['ENOSPC', 'EIO', 'EACCES', 'EROFS'] as const) : (['EIO'] as const))(
    'that gets %s from any one of them leaves all old or all new, and says which',
    async (fault) => {
      const { faults, violations } = await sweepLocal(fault, { install })
      expect(violations).toEqual([])
      expect(faults).toBeGreaterThan(70)
    },
  )
})
