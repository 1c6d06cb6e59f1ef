// The power fails: an ext4 of its own loses everything that was not synced, at every fsync and every rename of a renewal.
import { expect, it } from 'vitest'
import { canLosePower, losePower } from './power.ts'

it.runIf(await canLosePower())(
  'a run whose machine loses power at any fsync or rename is finished or undone by certwright recover',
  async () => {
    const { positions, violations } = await losePower('dist', 2)
    expect(violations).toEqual([])
    expect(positions).toBeGreaterThan(30)
  },
)
