// The machine that certwright runs on, as a Host. The only folder that touches its disk, processes and network.
import { rename } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import type { Become, LocalTarget } from '../../model/desired.ts'
import type { GatherAnswer, GatherRequest, GenerateKeyRequest, Host, StagedKey } from '../../model/host.ts'
import { HostError } from '../../model/host.ts'
import type { KeyLocation } from '../../model/transaction.ts'
import { encodePrivateKey, encodeSpki, generatePrivateKey, parsePrivateKey } from '../../x509/keys.ts'
import { signTbs } from '../../x509/sign.ts'
import { findGuarded } from './access-lists.ts'
import { readDisks } from './disks.ts'
import { explain } from './errors.ts'
import { findMissingFolders, readCertificateFact, readPrivateKeyFact, readTextFact } from './facts.ts'
import { makePrivateFolder, syncFolder, writeNewFile } from './files.ts'
import { listGenerations, restoreGeneration } from './generations.ts'
import { type InstallContext, installTransaction } from './install.ts'
import { readOwnerNames } from './owners.ts'
import { locate } from './paths.ts'
import { probeTls } from './probe-tls.ts'
import { type ReadFile, readRegularFile } from './read.ts'
import { findInterrupted } from './recover.ts'
import { runCommand } from './run.ts'
import { openSession } from './session.ts'
import { type Staging, stageFile, strayName } from './stage.ts'

/** Below a root, owner and group are left alone. */
export interface LocalHostOptions extends Omit<LocalTarget, 'connection'> {
  /** certwright's own folder on this machine; by default `/var/lib/certwright` below the root. */
  readonly state?: string
}

const statePath = '/var/lib/certwright'

export function createLocalHost({ name, root, become, ...options }: LocalHostOptions): Host {
  const state = options.state ?? locate(root, statePath)
  const session = openSession(state)
  const context = (): InstallContext => ({
    root,
    staging: session.staging(),
    generations: join(state, 'generations'),
  })
  return {
    name,
    lock: (request) => refuse(state, session.lock(request)),
    gather: async (request) => ({
      ...(await gather(request, root, become)),
      interrupted: await findInterrupted(join(state, 'generations')),
    }),
    generateKey: async (request) => refuse(request.path, generateKey(root, session.staging(), request)),
    readPublicKey: async (location) => encodeSpki((await openKey(root, location)).key),
    sign: async ({ scheme, tbs, ...location }) => signTbs((await openKey(root, location)).key, scheme, tbs),
    readPrivateKey: async ({ path }) => (await readKeyFile(root, path)).bytes,
    install: async (transaction) => session.change(() => installTransaction(context(), transaction)),
    restore: async (request) => session.change(() => restoreGeneration(context(), request)),
    listGenerations: () => refuse(state, listGenerations(join(state, 'generations'), root ?? '')),
    discard: () => session.discard(),
    run: runCommand,
    probeTls: (probe) => probeTls(root, probe),
    writeState: (path, text) => refuse(path, writeState(root, path, text)),
    close: () => session.close(),
  }
}

async function generateKey(
  root: string | undefined,
  staging: Staging,
  { path, type, size, passphrase }: GenerateKeyRequest,
): Promise<StagedKey> {
  const key = await generatePrivateKey({ type, size })
  const location = locate(root, path)
  const staged = await stageFile(staging, location, encodePrivateKey(key, passphrase))
  const name = staged.slice(dirname(location).length + 1)
  return { stagedPath: `${dirname(path)}/${name}`, spki: encodeSpki(key) }
}

async function gather(
  request: GatherRequest,
  root: string | undefined,
  become: Become | undefined,
): Promise<Omit<GatherAnswer, 'interrupted'>> {
  if (become && root === undefined && userInfo().username !== become.user)
    throw new HostError(
      `become is wanted, and certwright does not run as ${become.user}: run it with sudo -u ${become.user}`,
      true,
    )
  const { certificates, privateKeys, texts, owners, groups, commands, probes } = request
  const names = await readOwnerNames(root === undefined ? owners : [], root === undefined ? groups : [])
  const paths = [...certificates, ...privateKeys.map(({ path }) => path)]
  const looks = { names, guarded: await findGuarded(paths.map((path) => locate(root, path))) }
  const unknownUsers = owners
    .filter((owner) => names.uid(owner) === undefined)
    .map((owner) => `user ${owner}`)
  const unknownGroups = groups
    .filter((group) => names.gid(group) === undefined)
    .map((group) => `group ${group}`)
  return {
    clockMs: Date.now(),
    certificates: await Promise.all(certificates.map((path) => readCertificateFact(root, path, looks))),
    privateKeys: await Promise.all(privateKeys.map((each) => readPrivateKeyFact(root, each, looks))),
    texts: await Promise.all(texts.map((path) => readTextFact(root, path))),
    unknownOwners: root === undefined ? [...unknownUsers, ...unknownGroups] : [],
    managesOwnership: root === undefined,
    missingFolders: await findMissingFolders(root, paths),
    disks: await readDisks(root, paths),
    commands: await Promise.all(commands.map(runCommand)),
    probes: await Promise.all(probes.map((probe) => probeTls(root, probe))),
  }
}

async function openKey(root: string | undefined, { path, passphrase }: KeyLocation) {
  const parsed = parsePrivateKey((await readKeyFile(root, path)).bytes, passphrase)
  if (parsed.kind !== 'private-key') throw new HostError(`${path} ${parsed.detail}`)
  return parsed
}

async function readKeyFile(root: string | undefined, path: string): Promise<ReadFile> {
  const found = await readRegularFile(root, locate(root, path))
  if (found.kind === 'absent') throw new HostError(`${path} does not exist`)
  if (found.kind === 'unreadable') throw new HostError(`${path} ${found.detail}`)
  return found
}

/** Replaces a small file of certwright's own in one rename; its folder is root's alone. */
async function writeState(root: string | undefined, path: string, text: string): Promise<void> {
  const location = locate(root, path)
  const folder = dirname(location)
  await makePrivateFolder(folder)
  const staged = strayName(location)
  await writeNewFile(staged, Buffer.from(text))
  await rename(staged, location)
  await syncFolder(folder)
}

/** What the system refuses becomes a HostError that names the path. */
async function refuse<T>(path: string, action: Promise<T>): Promise<T> {
  return action.catch((error: unknown) => {
    throw error instanceof HostError ? error : new HostError(`${path}: ${explain(error)}`)
  })
}
