// Everything that the harness can try a build with, by name; short enough to be tried with every mutant.
import type { Call } from './calls.ts'
import { judge } from './judge.ts'
import { auditLocal, auditRemote } from './order.ts'
import { openRemoteStage } from './remote.ts'
import {
  busy,
  changedMeanwhile,
  corrupted,
  exchangedFolder,
  exchangedFolderRemote,
  failingService,
  lostStaged,
  misfit,
  stagedAmongTheirs,
  truncated,
} from './situations.ts'
import { sweepLocal, trySome } from './sweep.ts'

/** What is wrong with a build: none is good. */
type Find = (dist: string) => Promise<readonly string[]>

export interface Check {
  /** What a sound build keeps. */
  readonly promise: string
  readonly find: Find
}

/** A key that is staged, and the renames. */
const whenToKill = ({ thread, label }: Call) =>
  thread === 'main' || label === 'fsync /pki/.certwright-*/*/leaf.key' || label === 'fsync /pki'

/** After everything has been placed, up to the last call. */
const whenToRefuse = ({ label }: Call) =>
  label === 'fsync /copy' || label.includes('manifest') || label.endsWith('/generations/*')

const killLocal: Find = async (dist) => (await sweepLocal('kill', { dist, select: whenToKill })).violations

const refuseLocal: Find = async (dist) => (await sweepLocal('EIO', { dist, select: whenToRefuse })).violations

/** The login dies when a staged key has been written, and before the second folder is renamed. */
const killRemote: Find = async (dist) => {
  const stage = await openRemoteStage({ dist })
  try {
    const { calls } = await stage.hurt(stage.copy(), { at: 0, what: 'kill', which: '-' })
    const moments = [/^sync .*\/\.certwright-[0-9a-f]+\/\d+\/leaf\.key$/, /^mv -f -t .*\/copy\//]
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
  auditLocal: {
    promise: 'files are synced before their renames, the journal before the first, folders before it ends',
    find: auditLocal,
  },
  auditRemote: { promise: 'the same order is kept on a remote host', find: auditRemote },
  killLocal: { promise: 'a run killed at its renames is finished or undone', find: killLocal },
  killRemote: { promise: 'a login that dies at its renames is finished or undone', find: killRemote },
  refuseLocal: { promise: 'an error after the renames leaves all old or all new', find: refuseLocal },
  busy: { promise: 'a host that another run holds is left alone (9)', find: busy },
  changedMeanwhile: {
    promise: 'a certificate that somebody changes after the plan stays theirs (8)',
    find: changedMeanwhile,
  },
  corrupted: { promise: 'files that read back otherwise than written are taken back (6)', find: corrupted },
  exchangedFolder: {
    promise: 'a folder that its owner exchanges in the middle leads to no other one',
    find: exchangedFolder,
  },
  exchangedFolderRemote: {
    promise: 'a folder that its owner exchanges in the middle leads to no other one on a remote host',
    find: exchangedFolderRemote,
  },
  stagedAmongTheirs: {
    promise: 'nothing is prepared in a folder of somebody else',
    find: stagedAmongTheirs,
  },
  failingService: {
    promise: 'a service that does not come up brings the old files back (6)',
    find: failingService,
  },
  lostStaged: {
    promise: 'a run that died between two renames and lost what it had staged is undone',
    find: lostStaged,
  },
  misfit: { promise: 'a key that does not fit its certificate is never installed (6)', find: misfit },
  truncated: { promise: 'a certificate that did not arrive whole is never installed', find: truncated },
}
