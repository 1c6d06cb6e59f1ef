// Everything that the harness can try a build with, by name; short enough to be tried with every mutant.
import type { Call } from './calls.ts'
import { judge } from './judge.ts'
import { auditLocal, auditRemote } from './order.ts'
import { openRemoteStage } from './remote.ts'
import {
  busy,
  changedMeanwhile,
  corrupted,
  failingService,
  lostStaged,
  misfit,
  truncated,
} from './situations.ts'
import { sweepLocal, trySome } from './sweep.ts'

/** What is wrong with a build: none is good. */
export type Check = (dist: string) => Promise<readonly string[]>

/** A key that is staged, and the renames. */
const whenToKill = ({ thread, label }: Call) =>
  thread === 'main' || label === 'fsync /pki/.leaf.key.certwright-*' || label === 'fsync /pki'

/** After everything has been placed, up to the last call. */
const whenToRefuse = ({ label }: Call) =>
  label === 'fsync /copy' || label.includes('manifest') || label.endsWith('/generations/*')

const killLocal: Check = async (dist) => (await sweepLocal('kill', { dist, select: whenToKill })).violations

const refuseLocal: Check = async (dist) =>
  (await sweepLocal('EIO', { dist, select: whenToRefuse })).violations

/** The login dies when a staged key has been written, and before the second folder is renamed. */
const killRemote: Check = async (dist) => {
  const stage = await openRemoteStage(dist)
  try {
    const { calls } = await stage.hurt(stage.copy(), { at: 0, what: 'kill', which: '-' })
    const moments = [/^sync .*\.leaf\.key\.certwright-/, /^mv -f -t .*\/copy\//]
    const at = moments.map((moment) => calls.findIndex((call) => moment.test(call)) + 1)
    const { violations } = await trySome(stage, at, async (scene, each) => {
      const { ran } = await stage.hurt(scene, { at: each, what: 'kill', which: '-' })
      return judge(scene, ran, 'cut-off', { dist })
    })
    return violations
  } finally {
    stage.close()
  }
}

export const checks: Readonly<Record<string, Check>> = {
  auditLocal,
  auditRemote,
  killLocal,
  killRemote,
  refuseLocal,
  busy,
  changedMeanwhile,
  corrupted,
  failingService,
  lostStaged,
  misfit,
  truncated,
}
