// What must hold on a disk after a fault, whatever the fault. Every function returns what is wrong, in words: none is good.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { dirname } from 'node:path'
import type { Disk, Entry } from './disk.ts'
import { removedFiles, reorderedFile } from './retiring-stage.ts'
import type { Ran, Scene } from './scene.ts'

/** A fault may stop a file from being renewed; it may never leave half of one. */
export function judgeFiles({ before }: Scene, { managed }: Disk): string[] {
  return [...before].flatMap(([path, old]) => {
    const found = managed.get(path)
    if (!found) return isRetired(path) ? [] : [`${path} is gone`]
    const wider = found.mode & ~old.mode
    return [
      ...(found.bytes.equals(old.bytes) || isWhole(path, found.bytes)
        ? []
        : [`${path} is neither old nor new`]),
      ...(wider === 0 ? [] : [`${path} has mode ${found.mode.toString(8)}`]),
    ]
  })
}

/** Keys are for their owner alone, wherever they are; so is everything in certwright's own folder. */
export function judgeModes({ entries }: Disk): string[] {
  return entries.flatMap(({ path, isFolder, mode, bytes }) => {
    const isPrivate = holdsKey(bytes) || /\/certwright(\/|$)/.test(path) || isWaitingFolder(path)
    const allowed = isPrivate ? (isFolder ? 0o700 : 0o600) : isFolder ? 0o755 : 0o644
    return (mode & ~allowed) === 0 ? [] : [`${path} has mode ${mode.toString(8)}`]
  })
}

function isWaitingFolder(path: string): boolean {
  return /\/\.certwright-[0-9a-f]{16}$/.test(path)
}

export type Generation = 'old' | 'new' | 'mixed'

/** The leaf and its copy; where other files go with them, these too. */
export function generationOf(scene: Scene, disk: Disk): Generation {
  const [first, ...others] = [generationOfLeaf(scene, disk), ...generationsOfRetired(scene, disk)]
  return others.every((each) => each === first) ? first : 'mixed'
}

function isRetired(path: string): boolean {
  return removedFiles.some((each) => each === path)
}

/** Each is as it was, and as old; or it has gone, or has been put in another order and is as old all the same. */
function generationsOfRetired({ before }: Scene, { managed }: Disk): Generation[] {
  return [...removedFiles, reorderedFile].flatMap((path): Generation[] => {
    const old = before.get(path)
    if (!old) return []
    const found = managed.get(path)
    if (!found) return [isRetired(path) ? 'new' : 'mixed']
    if (found.modifiedMs !== old.modifiedMs) return ['mixed']
    if (found.bytes.equals(old.bytes)) return [found.mode === old.mode ? 'old' : 'mixed']
    const isReordered = found.bytes.length === old.bytes.length && isWhole(path, found.bytes)
    return [path === reorderedFile && isReordered ? 'new' : 'mixed']
  })
}

/** The same certificate, and the key that belongs to it. */
function generationOfLeaf({ before }: Scene, { managed }: Disk): Generation {
  const leaf = ['/pki/leaf.crt', '/pki/leaf.key', '/copy/leaf.crt', '/copy/leaf.key']
  const old = leaf.filter((path) =>
    managed.get(path)?.bytes.equals(before.get(path)?.bytes ?? Buffer.alloc(0)),
  )
  if (old.length === leaf.length) return 'old'
  const [certificate, key, certificateCopy, keyCopy] = leaf.map((path) => managed.get(path)?.bytes)
  if (!certificate || !key || !certificateCopy || !keyCopy || old.length > 0) return 'mixed'
  const fits = isWhole('.crt', certificate) && isWhole('.key', key) && belongsTo(certificate, key)
  return fits && certificate.equals(certificateCopy) && key.equals(keyCopy) ? 'new' : 'mixed'
}

function belongsTo(certificate: Buffer, key: Buffer): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
}

function isWhole(path: string, bytes: Buffer): boolean {
  try {
    if (!bytes.toString('latin1').endsWith('-----\n')) return false
    if (path.endsWith('.key')) createPrivateKey(bytes)
    else new X509Certificate(bytes)
    return true
  } catch {
    return false
  }
}

/** Private keys are where they belong (their places, staged beside them, kept in a generation) and nowhere else. */
export function judgeSecrets(scene: Scene, { entries }: Disk, runs: readonly Ran[]): string[] {
  const keys = [...entries, ...scene.before.values()].filter(({ bytes }) => holdsKey(bytes))
  const secrets = new Set(keys.map(({ bytes }) => bytes.toString('latin1').split('\n')[1] ?? ''))
  const shows = (text: string) => [...secrets].some((secret) => secret.length > 40 && text.includes(secret))
  const leaks = entries.filter((entry) => !mayHoldKey(entry) && shows(entry.bytes.toString('latin1')))
  return [
    ...leaks.map(({ path }) => `${path} holds a private key`),
    ...(runs.some(({ stdout, stderr }) => shows(stdout + stderr)) ? ['a private key was printed'] : []),
  ]
}

function mayHoldKey({ path }: Entry): boolean {
  return /\.key$|\/\.certwright-[0-9a-f]{16}\/\d+\.old$|\/generations\/[^/]+\/\d+$/.test(path)
}

function holdsKey(bytes: Buffer): boolean {
  return bytes.includes('PRIVATE KEY-----')
}

/** Whoever has new files can have the old ones back. */
export function judgeKept(scene: Scene, { entries }: Disk): string[] {
  const kept = entries.filter(({ path }) => /\/generations\/[^/]+\/\d+$/.test(path))
  return [...scene.before].flatMap(([path, { bytes }]) =>
    path.includes('/ca.') || kept.some((each) => each.bytes.equals(bytes))
      ? []
      : [`the old ${path} is not kept`],
  )
}

/** Once a run has gone through again, nothing tells of what happened before. */
export function judgeRemains({ entries, live }: Disk): string[] {
  return entries
    .filter(({ path }) => !live.has(path) && !live.has(dirname(path)))
    .filter(({ path }) => /\.certwright-|\/journal(\.new)?$|\/staged\/./.test(path))
    .map(({ path }) => `${path} was left behind`)
}
