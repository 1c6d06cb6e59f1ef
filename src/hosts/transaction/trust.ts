// Of a way to a folder: what a plan has to know before anything is written there. Pure.
import type { DiskFact } from '../../model/actual.ts'
import type { Way } from './way.ts'

/** `folder`: the one that was asked for, or the nearest above it that exists, by its path of the host. */
export function describeTrust(
  asked: string,
  way: Way,
  top: string,
): Pick<DiskFact, 'folder' | 'distrust' | 'held'> {
  const ofHost = (path: string) => (top === '/' ? path : path.slice(top.length) || '/')
  if (way.kind === 'refused') {
    const { folder, reason, detail } = way.fault
    return { folder: asked, distrust: { folder: ofHost(folder), reason, detail } }
  }
  const depth = asked.split('/').length - way.missing.length
  const folder = asked.split('/').slice(0, depth).join('/') || '/'
  return way.kind === 'held' ? { folder, held: { by: way.by, since: ofHost(way.since) } } : { folder }
}
