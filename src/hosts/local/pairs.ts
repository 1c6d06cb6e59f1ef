import type { PairLocation } from '../../model/transaction.ts'
import { describePublicKey, encodeSpki, parsePrivateKey } from '../../x509/keys.ts'
import { parseCertificates } from '../../x509/parse.ts'
import { locate } from './paths.ts'
import { readRegularFile } from './read.ts'
import type { Step } from './switch.ts'

/**
 * The set as it will be, read once more from the disk: every certificate with the key that belongs to it. Undefined:
 * all fit.
 */
export async function findMisfit(
  root: string | undefined,
  pairs: readonly PairLocation[],
  steps: readonly Step[],
): Promise<{ readonly path: string; readonly detail: string } | undefined> {
  const read = async (path: string) => {
    const step = steps.find((each) => each.path === path)
    return readRegularFile(root, (step && newContent(step)) ?? locate(root, path))
  }
  for (const { certificate, privateKey, passphrase } of pairs) {
    const [first, second] = [await read(certificate), await read(privateKey)]
    if (first.kind !== 'file') return { path: certificate, detail: 'is not there beside its key' }
    if (second.kind !== 'file') return { path: privateKey, detail: 'is not there beside its certificate' }
    const parsed = parseCertificates(first.bytes)
    const key = parsePrivateKey(second.bytes, passphrase)
    if (parsed.kind !== 'certificates') return { path: certificate, detail: parsed.detail }
    if (key.kind !== 'private-key') return { path: privateKey, detail: key.detail }
    if (parsed.certificates[0].publicKey.spkiSha256 !== describePublicKey(encodeSpki(key.key)).spkiSha256)
      return { path: privateKey, detail: `would not be the key of ${certificate}` }
  }
  return undefined
}

/** Where the new content can be read before it is in its place. */
function newContent(step: Step): string | undefined {
  if (step.action === 'through') return step.contentAt
  return step.action === 'replace' ? (step.contentAt ?? step.staged) : undefined
}
