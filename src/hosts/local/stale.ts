import type { InstallOutcome, TransactionFile } from '../../model/transaction.ts'
import { type Looks, readCertificateFact, readPrivateKeyFact } from './facts.ts'

/** A file of the transaction; `same`: somebody has put it there already, only its owner, group or mode may differ. */
export type WantedFile = TransactionFile & { readonly same?: boolean }

/** Compare and swap: what is there must still be what the plan was made for. */
export async function findStale(
  root: string | undefined,
  files: readonly WantedFile[],
): Promise<InstallOutcome | undefined> {
  for (const { path, content, ...file } of files) {
    if (file.same || (await holds(root, { path, content, ...file }))) continue
    return { kind: 'stale', path, detail: `has changed since the plan was made (${content.kind})` }
  }
  return undefined
}

/** Only what a file holds is compared: who owns it does not matter here. */
const looks: Looks = {
  names: { user: String, group: String, uid: () => undefined, gid: () => undefined },
  guarded: new Set(),
}

async function holds(root: string | undefined, { path, expect }: WantedFile): Promise<boolean> {
  if (expect.kind === 'private-key') {
    const { passphrase, spkiSha256 } = expect
    const asked = passphrase === undefined ? { path } : { path, passphrase }
    const fact = await readPrivateKeyFact(root, asked, looks)
    return fact.kind === 'private-key' && fact.publicKey.spkiSha256 === spkiSha256
  }
  const fact = await readCertificateFact(root, path, looks)
  return expect.kind === 'absent' ? fact.kind === 'absent' : 'sha256' in fact && fact.sha256 === expect.sha256
}
