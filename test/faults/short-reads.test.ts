// Sweep H: a file ends where it is read, though it does not: every read of a managed file, a journal or a list.
import { expect, it } from 'vitest'
import { readDisk } from './disk.ts'
import { judge } from './judge.ts'
import { sampleEvery } from './sampling.ts'
import { openStage } from './scene.ts'
import { hit, listCalls } from './strace.ts'
import { trySome } from './sweep.ts'

it('a run that reads nothing where there is something leaves all old or all new, and the authority alone', async () => {
  const stage = await openStage()
  try {
    const calls = await listCalls(stage.copy(), 'dist', undefined, ['openat', 'read', 'pread64'])
    const reads = calls.filter(({ name }) => name !== 'openat')
    const { violations } = await trySome(stage, sampleEvery(6, reads), async (scene, call) => {
      const ran = await hit(scene, call, 'nothing-read')
      if (!ran) return [`${call.label}: another call was hit`]
      const found = await judge(scene, ran, 'ended', { damaged: call.label.replace(/^\w+ /, '') })
      const { managed } = readDisk(scene)
      const replaced = ['/pki/ca.crt', '/pki/ca.key'].filter(
        (path) => !managed.get(path)?.bytes.equals(scene.before.get(path)?.bytes ?? Buffer.alloc(0)),
      )
      return [...found, ...replaced.map((path) => `${path} is another one`)].map(
        (each) => `nothing read at ${call.label} (${call.ordinal}): ${each}`,
      )
    })
    expect(violations).toEqual([])
    expect(reads.length).toBeGreaterThan(30)
  } finally {
    stage.close()
  }
})
