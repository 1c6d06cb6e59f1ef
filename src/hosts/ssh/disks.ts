// Where files are to be written on a remote host. Pure.
import type { DiskFact } from '../../model/actual.ts'
import { HostError } from '../../model/host.ts'
import { keepInside } from '../transaction/look-at.ts'
import { describeTrust } from '../transaction/trust.ts'
import { judgeWay, type Worker } from '../transaction/way.ts'
import type { Records } from './connection.ts'
import { decode, type Fields, readNumber } from './facts.ts'
import { readWalked } from './ways.ts'

export interface Here {
  readonly me: Worker
  /** The root, links resolved. */
  readonly top: string
}

export function readHere(records: Records): Here {
  const [, uid, gid, top] = records.find(([word]) => word === 'here') ?? []
  const here = { me: { uid: readNumber(uid), gid: readNumber(gid) }, top: decode(top).toString('utf8') }
  if (here.me.uid >= 0 && here.me.gid >= 0 && here.top.startsWith('/')) return here
  throw new HostError('it does not say who works there, and where', true)
}

/** Of `disk index block-size free writable ends count missing passed`. */
export function readDiskFact(
  [, , blockSize, free, writable, ...walked]: Fields,
  asked: string,
  { me, top }: Here,
): DiskFact {
  const way = keepInside(judgeWay(readWalked(walked), top, me), top)
  return {
    ...describeTrust(asked, way, top),
    freeBytes: readNumber(blockSize) * readNumber(free),
    writable: writable === 'yes',
  }
}
