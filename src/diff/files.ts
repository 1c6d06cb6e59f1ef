import type { DesiredFile, Placement } from '../model/desired.ts'

interface PlacementFile {
  readonly file: DesiredFile
  readonly what: 'certificate' | 'private-key'
  /** 0: the pair's own; from 1: which copy. */
  readonly copy: number
}

/** All files of a placement, its copies included. */
export function placementFiles({ certificate, privateKey, copies }: Placement): PlacementFile[] {
  const entries = [{ certificate, privateKey }, ...copies]
  return entries.flatMap((entry, copy): PlacementFile[] => [
    ...(entry.certificate ? [{ file: entry.certificate, what: 'certificate' as const, copy }] : []),
    ...(entry.privateKey ? [{ file: entry.privateKey, what: 'private-key' as const, copy }] : []),
  ])
}
