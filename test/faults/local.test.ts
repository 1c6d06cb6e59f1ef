// Sweep A and B: a fault at every call by which a renewal changes the disk of this machine. Where not all are asked for
// (FAULTS=all), every second one is killed, and each gets one of the errors.
import { describe, expect, it } from 'vitest'
import { withRetiring } from './retiring-stage.ts'
import { sweepLocal } from './sweep.ts'

const errors = { files: ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EDQUOT'], generations: ['EIO'] } as const

describe.each(['files', 'generations'] as const)('a run on this machine, with install: %s,', (install) => {
  it('killed at any call that changes the disk is finished or undone by certwright recover', async () => {
    const shift = install === 'files' ? 0 : 1
    const { positions, violations } = await sweepLocal('kill', { install, every: 2, shift })
    expect(violations).toEqual([])
    expect(positions).toBeGreaterThan(70)
  })

  // Which error it is makes no difference to how a link is switched.
  it.each(errors[install].map((fault, shift) => ({ fault, shift })))(
    'that gets $fault from any one of them leaves all old or all new, and says which',
    async ({ fault, shift }) => {
      const every = install === 'files' ? errors.files.length : 2
      const { positions, violations } = await sweepLocal(fault, { install, every, shift })
      expect(violations).toEqual([])
      expect(positions).toBeGreaterThan(70)
    },
  )
})

describe('a run on this machine that takes files away as well, and lets one keep its time,', () => {
  it.each([
    ['killed', 'kill', 0],
    ['told of an error', 'EIO', 1],
  ] as const)('and is %s at any call, leaves all old or all new', async (_, fault, shift) => {
    const { positions, violations } = await withRetiring((dist) =>
      sweepLocal(fault, { dist, retires: true, every: 3, shift }),
    )
    expect(violations).toEqual([])
    expect(positions).toBeGreaterThan(90)
  })
})
