// Sweep C: a remote host whose login dies, whose tools refuse, and whose connection is cut, at every step of a renewal.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { judge } from './judge.ts'
import { type Cut, openRemoteStage, type RemoteStage, type ToolFault } from './remote.ts'
import { buildRetiring } from './retiring-stage.ts'
import { sampleEvery } from './sampling.ts'
import { type Swept, trySome } from './sweep.ts'

describe.each([
  ['with install: files', 'files'],
  ['with install: generations', 'generations'],
  ['that takes files away as well, and lets one keep its time', 'retires'],
] as const)('a run on a remote host, %s,', (_, kind) => {
  let stage: RemoteStage
  let program: { readonly dist: string; readonly close: () => void }
  let calls: string[]
  let frames: number[]
  // Where not all are asked for (FAULTS=all), half of them are tried here and the other half there.
  const shift = kind === 'files' ? 0 : 1

  beforeAll(async () => {
    program = kind === 'retires' ? buildRetiring() : { dist: 'dist', close: () => undefined }
    const { dist } = program
    stage = await openRemoteStage(kind === 'retires' ? { dist, retires: true } : { install: kind })
    calls = (await stage.hurt(stage.copy(), { at: 0, what: 'kill', which: '-' })).calls
    frames = (await stage.cut(stage.copy())).frames
  })
  afterAll(() => {
    stage.close()
    program.close()
  })

  /** Each of the calls with the same fault. */
  const everywhere = (what: ToolFault['what'], which: string) =>
    calls.map((call, index) => ({ call, at: index + 1, what, which }))

  const hurtAll = (faults: readonly (ToolFault & { readonly call: string })[]): Promise<Swept> =>
    trySome(stage, faults, async (scene, fault) => {
      const { ran } = await stage.hurt(scene, fault)
      const isCutOff = fault.what === 'kill' || fault.what === 'rename-all'
      const violations = await judge(scene, ran, isCutOff ? 'cut-off' : 'ended', { dist: program.dist })
      return violations.map((each) => `${fault.what} ${fault.which} at ${fault.at}, ${fault.call}: ${each}`)
    })

  it('whose login dies at any tool that changes the host is finished or undone by certwright recover', async () => {
    const { violations } = await hurtAll(sampleEvery(2, everywhere('kill', '-'), shift))
    expect(violations).toEqual([])
    expect(calls.length).toBeGreaterThan(45)
  })

  it('that is refused by any of these tools leaves all old or all new, and says which', async () => {
    const { violations } = await hurtAll(
      sampleEvery(2, everywhere('refuse', 'No space left on device'), 1 - shift),
    )
    expect(violations).toEqual([])
  })

  it('where a tool dies between two renames, alone or with everything else', async () => {
    const together = everywhere('rename', '1').filter(({ call }) => call.startsWith('mv -f -t'))
    const moments = together.flatMap((fault) =>
      (['rename', 'rename-all'] as const).flatMap((what) =>
        ['1', '2', '3', '4'].map((which) => ({ ...fault, what, which })),
      ),
    )
    const { violations } = await hurtAll(sampleEvery(2, moments, shift))
    expect(violations).toEqual([])
    expect(moments.length).toBeGreaterThan(8)
  })

  it('cut off at any frame, or in the middle of one, never claims what it does not know', async () => {
    const cuts = frames.flatMap((_, index) =>
      (['before', 'middle', 'sent'] as const).map((moment): Cut => ({ frame: index + 1, moment })),
    )
    const { violations } = await trySome(stage, sampleEvery(2, cuts, shift), async (scene, cut) => {
      const { ran } = await stage.cut(scene, cut)
      const found = await judge(scene, ran, 'cut-off', { dist: program.dist })
      return found.map((each) => `cut ${cut.moment} of frame ${cut.frame}: ${each}`)
    })
    expect(violations).toEqual([])
    expect(cuts.length).toBeGreaterThan(18)
  })
})
