// Task kind issue: a key is born (or reused) on its host, the certificate is built here and signed where the authority's key is.
// In: an IssueTask. Out: an IssuedPair in the run, verified; nothing visible has changed on the host.

import { parseAddress } from '../model/address.ts'
import type { Certificate } from '../model/certificate.ts'
import type { PairId } from '../model/desired.ts'
import type { IssueTask, Signer } from '../model/plan.ts'
import { describePublicKey, parsePrivateKey } from '../x509/keys.ts'
import { signTbs } from '../x509/sign.ts'
import {
  type IssuedPair,
  noteFailure,
  type Run,
  refusal,
  requireHost,
  TaskError,
  type TaskOutcome,
  withPassphrase,
} from './context.ts'
import { provePossession, requireKey, type Sign } from './possession.ts'
import { type PreparedSigner, parseOne, type Signing, signCertificate } from './sign-certificate.ts'

export async function applyIssue(run: Run, task: IssueTask): Promise<TaskOutcome[]> {
  try {
    run.issued.set(task.pair, await issue(run, task))
    return []
  } catch (error) {
    const cause = refusal(run, task.host, error)
    run.failedPairs.set(task.pair, cause)
    return task.addresses.map((address): TaskOutcome => {
      const { host, name } = parseAddress(address)
      noteFailure(run, host, 'renewal', `${name}: ${cause}`)
      return { address, host, status: 'failed', detail: cause }
    })
  }
}

async function issue(run: Run, task: IssueTask): Promise<IssuedPair> {
  const signer = await prepareSigner(run, task.signer)
  const key = await prepareKey(run, task)
  const itself: Sign = (scheme, tbs) => requireHost(run, task.host).sign({ ...key.location, scheme, tbs })
  // What signs itself proves by that very signature that the key is there.
  if (signer) await provePossession(key.spki, itself)
  const { profile } = task
  const certificate = await signCertificate({ what: 'certificate', profile, spki: key.spki, signer, itself })
  const crossSigned = await crossSign(run, task, certificate, { spki: key.spki, itself })
  const chain = signer?.chain ?? []
  const carried = task.includeChain ? chain.map(parseOne).filter(isIntermediate) : []
  const following = [...carried.map(({ pem }) => pem), ...crossSigned, ...task.bridges]
  const { fingerprint, serial } = certificate
  return {
    addresses: task.addresses,
    certificate: { fingerprint, serial },
    certificatePem: certificate.pem,
    chain,
    fileText: [certificate.pem, ...following].join(''),
    key: {
      host: task.host,
      installedPath: task.key.path,
      spkiSha256: describePublicKey(key.spki).spkiSha256,
      ...key.location,
    },
  }
}

/** What the new authority signs names its key identifier, and is to be taken for signed by the bridge as well. */
async function crossSign(
  run: Run,
  { crossSigned }: IssueTask,
  { subjectKeyId }: Certificate,
  key: Pick<Signing, 'spki' | 'itself'>,
): Promise<string[]> {
  if (!crossSigned) return []
  const signer = await prepareSigner(run, crossSigned.signer)
  const { pem } = await signCertificate({
    what: 'bridge',
    profile: crossSigned.profile,
    signer,
    subjectKeyId,
    ...key,
  })
  return [pem]
}

async function prepareKey(run: Run, { host: name, key }: IssueTask) {
  const host = requireHost(run, name)
  const passphrase = await withPassphrase(run, key.passphrase)
  if (key.from === 'generated') {
    const { type, size, path } = key
    const { stagedPath, spki } = await host.generateKey({ path, type, size, ...passphrase })
    requireKey(spki, { type, size })
    return { spki, location: { path: stagedPath, ...passphrase } }
  }
  const location = { path: key.path, ...passphrase }
  const spki = await host.readPublicKey(location)
  requireKey(spki)
  if (describePublicKey(spki).spkiSha256 !== key.spkiSha256)
    throw new TaskError(`${key.path} is no longer the key that the plan was made for`)
  return { spki, location }
}

/** Undefined: the certificate signs itself. */
export async function prepareSigner(run: Run, signer: Signer): Promise<PreparedSigner | undefined> {
  if (signer.by === 'itself') return undefined
  if (signer.by === 'planned') return plannedSigner(run, signer.pair)
  const chain = requireChain(signer.chain, signer.pair)
  if (signer.by === 'command') return { chain, sign: (_scheme, tbs) => run.signByCommand(signer, tbs) }
  const passphrase = await withPassphrase(run, signer.passphrase)
  if (signer.by === 'existing') {
    const host = requireHost(run, signer.host)
    const location = { path: signer.keyPath, ...passphrase }
    return { chain, sign: (scheme, tbs) => host.sign({ ...location, scheme, tbs }) }
  }
  const parsed = parsePrivateKey(await run.readSupplied(signer.keyPath), passphrase.passphrase)
  if (parsed.kind !== 'private-key') throw new TaskError(`${signer.keyPath}: ${parsed.detail}`)
  return { chain, sign: async (scheme, tbs) => signTbs(parsed.key, scheme, tbs) }
}

function plannedSigner(run: Run, pair: string): PreparedSigner {
  const authority = run.issued.get(pair)
  const cause = run.failedPairs.get(pair)
  if (!authority) throw new TaskError(`${pair} could not be issued: ${cause ?? 'not reached'}`)
  if (cause !== undefined) throw new TaskError(`${pair}, which is to sign it, is left alone: ${cause}`)
  const { key, certificatePem, chain } = authority
  const host = requireHost(run, key.host)
  const passphrase = key.passphrase === undefined ? {} : { passphrase: key.passphrase }
  return {
    chain: [certificatePem, ...chain],
    sign: (scheme, tbs) => host.sign({ path: currentPath(run, pair, authority), ...passphrase, scheme, tbs }),
  }
}

/** A key is at its staged path until the transaction that it belongs to, and at its own afterwards. */
export function currentPath(run: Run, pair: PairId, { key }: IssuedPair): string {
  return run.placed.has(pair) ? key.installedPath : key.path
}

function requireChain(chain: readonly string[], pair: string): readonly [string, ...string[]] {
  const [first, ...rest] = chain
  if (first === undefined) throw new TaskError(`the certificate of ${pair} is not known`)
  return [first, ...rest]
}

function isIntermediate({ subject, issuer }: Certificate): boolean {
  return JSON.stringify(subject) !== JSON.stringify(issuer)
}
