// The keys and certificates of a pair, each by itself, wherever they lie on the hosts that may be read.
import type { Actual, CertificateFile, FileStat, HostActual, PrivateKeyFile } from '../model/actual.ts'
import type { DesiredFile, DesiredPair, Placement } from '../model/desired.ts'
import { placementFiles } from './files.ts'

interface PartBase {
  readonly placement: Placement
  /** 0: the pair's own; from 1: which copy. */
  readonly copy: number
  readonly path: string
  /** Which key it is, or is for: whose it is, of an authority. */
  readonly spkiSha256: string
  /** It belongs to nobody who could not have put it there as certwright does. */
  readonly isTrusted: boolean
}

export type KeyPart = PartBase & { readonly key: PrivateKeyFile }
export type CertificatePart = PartBase & { readonly certificate: CertificateFile }

export interface Parts {
  readonly keys: readonly KeyPart[]
  readonly certificates: readonly CertificatePart[]
}

export function listParts(
  { placements }: DesiredPair,
  actual: Actual,
  mayRead: (host: string) => boolean,
): Parts {
  const each = placements.filter(({ host }) => mayRead(host)).map((placement) => partsOf(placement, actual))
  return { keys: each.flatMap(({ keys }) => keys), certificates: each.flatMap((parts) => parts.certificates) }
}

function partsOf(placement: Placement, actual: Actual): Parts {
  const host = actual.hosts[placement.host]
  if (host?.kind !== 'observed') return { keys: [], certificates: [] }
  const { formerKey } = placement
  const former = formerKey ? [{ file: formerKey, what: 'private-key' as const, copy: 0 }] : []
  const files = [...placementFiles(placement), ...former].map(({ file, what, copy }) => ({
    file,
    what,
    base: { placement, copy, path: file.path },
  }))
  const isTrusted = (file: DesiredFile, stat: FileStat) => isTrustedOwner(file, stat, host)
  return {
    keys: files.flatMap(({ file, what, base }) => {
      const key = what === 'private-key' ? host.privateKeys[file.path] : undefined
      if (key?.kind !== 'private-key') return []
      const { spkiSha256 } = key.publicKey
      return [{ ...base, key, spkiSha256, isTrusted: isTrusted(file, key.stat) }]
    }),
    certificates: files.flatMap(({ file, what, base }) => {
      const certificate = what === 'certificate' ? host.certificates[file.path] : undefined
      if (certificate?.kind !== 'certificate') return []
      const { spkiSha256 } = certificate.certificates[0].publicKey
      return [{ ...base, certificate, spkiSha256, isTrusted: isTrusted(file, certificate.stat) }]
    }),
  }
}

/** It belongs to nobody who could not have put it there as certwright does. */
export function isTrustedOwner(
  file: DesiredFile,
  { owner }: FileStat,
  { worksAs }: Pick<HostActual, 'worksAs'> = {},
): boolean {
  return ['root', worksAs, file.owner].includes(owner)
}
