import { createHash } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CertificateFact, FileStat, PrivateKeyFact } from '../../model/actual.ts'
import type { TextFact } from '../../model/host.ts'
import { parsePrivateKey } from '../../x509/keys.ts'
import { parseCertificates } from '../../x509/parse.ts'
import type { OwnerNames } from './owners.ts'
import { locate } from './paths.ts'
import { type ReadFile, readRegularFile } from './read.ts'

export async function readCertificateFact(
  root: string | undefined,
  path: string,
  looks: Looks,
): Promise<CertificateFact> {
  const found = await readRegularFile(root, locate(root, path))
  if (found.kind !== 'file') return found
  const stat = describeStat(found, root, path, looks)
  const sha256 = createHash('sha256').update(found.bytes).digest('hex')
  const parsed = parseCertificates(found.bytes)
  return parsed.kind === 'certificates'
    ? { kind: 'certificate', stat, certificates: parsed.certificates, sha256 }
    : { kind: 'not-a-certificate', stat, sha256, detail: parsed.detail }
}

/** Only the public half leaves this function. */
export async function readPrivateKeyFact(
  root: string | undefined,
  { path, passphrase }: { readonly path: string; readonly passphrase?: string },
  looks: Looks,
): Promise<PrivateKeyFact> {
  const found = await readRegularFile(root, locate(root, path))
  if (found.kind !== 'file') return found
  const parsed = parsePrivateKey(found.bytes, passphrase)
  if (parsed.kind !== 'private-key') return parsed
  const { publicKey, encrypted } = parsed
  return {
    kind: 'private-key',
    stat: describeStat(found, root, path, looks),
    publicKey,
    encrypted,
  }
}

/** What files are described with, looked up once for many. */
export interface Looks {
  readonly names: OwnerNames
  /** Files with an access control list. */
  readonly guarded: ReadonlySet<string>
}

function describeStat(
  { stat, through }: ReadFile,
  root: string | undefined,
  path: string,
  { names, guarded }: Looks,
): FileStat {
  return {
    mode: stat.mode & 0o7777,
    owner: names.user(stat.uid),
    group: names.group(stat.gid),
    size: stat.size,
    modifiedMs: stat.mtimeMs,
    links: stat.nlink,
    accessList: guarded.has(locate(root, path)),
    ...(through === undefined ? {} : { through: through.slice(root?.length ?? 0) }),
  }
}

export async function readTextFact(root: string | undefined, path: string): Promise<TextFact | undefined> {
  const found = await readRegularFile(root, locate(root, path))
  if (found.kind === 'absent') return undefined
  if (found.kind === 'unreadable') return { kind: 'unreadable', detail: `${path} ${found.detail}` }
  return { kind: 'text', text: found.bytes.toString('utf8'), modifiedMs: found.stat.mtimeMs }
}

/** Folders above the paths that do not exist, shallowest first, as paths of the host. */
export async function findMissingFolders(
  root: string | undefined,
  paths: readonly string[],
): Promise<string[]> {
  const missing = new Set<string>()
  const present = new Set<string>(['/'])
  for (const path of paths) {
    for (let folder = dirname(path); !present.has(folder) && !missing.has(folder); folder = dirname(folder)) {
      const exists = await lstat(locate(root, folder)).then(
        () => true,
        () => false,
      )
      ;(exists ? present : missing).add(folder)
      if (exists) break
    }
  }
  return [...missing].sort()
}
