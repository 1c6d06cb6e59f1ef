// Sweep E: the disk of a host has room for so many pages and no more, and files may not grow beyond so many bytes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSshd } from '../support/sshd.ts'
import { canMount, moveToSmallDisk } from './full-disk.ts'
import { judge } from './judge.ts'
import { reach, renew } from './reach.ts'
import { makeRandom, sampleEvery, seed } from './sampling.ts'
import { type Connect, locally, openStage, writeInventories } from './scene.ts'
import { trySome } from './sweep.ts'

/** A renewal takes fewer. */
const pages = Array.from({ length: 40 }, (_, index) => index)

describe.runIf(await canMount())('a run on a disk that becomes full', () => {
  let sshd: Awaited<ReturnType<typeof startSshd>>
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd.stop())

  it.each([
    ['on this machine', (): Connect => locally, 0],
    ['on a remote host', (): Connect => reach(sshd), 2],
  ] as const)(
    '%s, after any number of pages, leaves all old or all new, and says which',
    async (_, connect, shift) => {
      const stage = await openStage({ connect: connect() })
      const codes: (number | null)[] = []
      // However thin the sample is: with no page left it is full.
      const tried = new Set([0, ...sampleEvery(4, pages, shift)])
      const swept = await trySome(stage, [...tried], async (scene, left) => {
        const disk = moveToSmallDisk(scene)
        try {
          disk.fill(left)
          const ran = await renew(scene)
          codes.push(ran.code)
          const violations = await judge(scene, ran, 'ended', { repair: disk.makeRoom })
          return violations.map((each) => `with ${left} pages left: ${each}`)
        } finally {
          await disk.remove()
        }
      }).finally(stage.close)
      expect(swept.violations).toEqual([])
      // Otherwise it never was full.
      expect(codes.some((code) => code !== 0)).toBe(true)
    },
  )
})

describe('a remote host whose files cannot grow beyond so many bytes', () => {
  it('leaves all old or all new, and says which, wherever a write is cut short', async () => {
    const random = makeRandom(seed)
    const sizes = Array.from({ length: 60 }, () => 1 + Math.floor(random() * 3000))
    const violations: string[] = []
    for (const bytes of sampleEvery(8, sizes)) violations.push(...(await limitFiles(bytes)))
    expect(violations).toEqual([])
  })
})

/** Everything that its sshd starts; the next runs come without a connection, and are not limited. */
async function limitFiles(bytes: number): Promise<string[]> {
  const sshd = await startSshd([], ['prlimit', `--fsize=${bytes}`])
  const stage = await openStage()
  try {
    const scene = stage.copy()
    writeInventories(scene.folder, reach(sshd))
    const violations = await judge(scene, await renew(scene), 'ended')
    return violations.map((each) => `with at most ${bytes} bytes a file: ${each}`)
  } finally {
    stage.close()
    sshd.stop()
  }
}
