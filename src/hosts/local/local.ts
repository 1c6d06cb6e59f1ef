// The machine that certwright runs on, as a Host. The only folder that touches its disk, processes and network.
import { createHash } from 'node:crypto'
import { lstat, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemFolder } from '../../model/control.ts'
import type { Become, LocalTarget } from '../../model/desired.ts'
import type { GatherAnswer, GatherRequest, GenerateKeyRequest, Host, StagedKey } from '../../model/host.ts'
import { HostError } from '../../model/host.ts'
import type { KeyLocation } from '../../model/transaction.ts'
import { encodePrivateKey, encodeSpki, generatePrivateKey, parsePrivateKey } from '../../x509/keys.ts'
import { signTbs } from '../../x509/sign.ts'
import { ownPath } from '../own-path.ts'
import { askTrust, judgeTrust } from '../s-client.ts'
import { findSuperseded, forget } from '../transaction/forget.ts'
import { idOf, isGeneration } from '../transaction/generations.ts'
import { journalName } from '../transaction/journal.ts'
import type { Writing } from '../transaction/session.ts'
import { stageKey } from '../transaction/stage-key.ts'
import type { Step } from '../transaction/step.ts'
import { install, listGenerations, restore } from '../transaction/transactions.ts'
import { findGuarded } from './access-lists.ts'
import { listFolder, openDisk, strayName } from './disk.ts'
import { readDisks } from './disks.ts'
import { explain } from './errors.ts'
import { exchange } from './exchange.ts'
import { findMissingFolders, readCertificateFact, readPrivateKeyFact, readTextFact } from './facts.ts'
import { makePrivateFolder, syncFolder, writeNewFile } from './files.ts'
import { findNoFolder, findTop, whoWorks } from './look.ts'
import { readMachine } from './machine.ts'
import { openManaged, openWays } from './open.ts'
import { readOwnerNames } from './owners.ts'
import { locate } from './paths.ts'
import { presentCanaries } from './present-canaries.ts'
import { probeTls } from './probe-tls.ts'
import { runCommand } from './run.ts'
import { findStrangeState, openLocalSession } from './session.ts'

/** Below a root, owner and group are left alone. */
export type LocalHostOptions = Omit<LocalTarget, 'connection'>

export function createLocalHost({ name, root, become, ...options }: LocalHostOptions): Host {
  const state = options.state ?? locate(root, systemFolder)
  const own = (path: string) => ownPath(root ?? '', state, path)
  const session = openLocalSession(root, state)
  // To be read: no lock is needed, and nothing is written down.
  const openKept = async () => openDisk(await findTop(root), state, '')
  return {
    name,
    lock: (request) => refuse(state, session.lock(request)),
    gather: async (request) => ({
      ...(await gather({ ...request, texts: request.texts.map(own) }, root, become)),
      interrupted: await findInterrupted(join(state, 'generations')),
      ...session.stuck(),
    }),
    generateKey: async (request) => refuse(request.path, generateKey(session.writing(), request)),
    readPublicKey: async (location) => encodeSpki((await openKey(root, location)).key),
    sign: async ({ scheme, tbs, ...location }) => signTbs((await openKey(root, location)).key, scheme, tbs),
    readPrivateKey: async ({ path }) => (await openFile(root, path)).bytes,
    install: (transaction) => session.change(({ disk, names }) => install(disk, names, transaction)),
    restore: (request) => session.change(({ disk, names }) => restore(disk, names, request)),
    listGenerations: async () => refuse(state, listGenerations(await openKept())),
    findSuperseded: async (paths) => refuse(state, findSuperseded(await openKept(), paths)),
    forget: async (generations) => refuse(state, forget(session.writing().disk, generations)),
    discard: session.discard,
    run: runCommand,
    probeTls: (probe) => probeTls(root, probe),
    presentCanaries,
    writeState: (path, text) => refuse(own(path), writeState(root, state, own(path), text)),
    close: session.close,
  }
}

async function generateKey(
  { disk, names }: Writing,
  { path, type, size, passphrase }: GenerateKeyRequest,
): Promise<StagedKey> {
  const { location, stagedPath, steps } = await stageKey(disk, names, path)
  const key = await generatePrivateKey({ type, size })
  const bytes = encodePrivateKey(key, passphrase)
  const write: Step = {
    do: 'write',
    to: location,
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
  const performed = await disk.perform({ prepare: [...steps, write], change: [], undo: [], after: [] })
  if (performed.kind === 'failed') throw new HostError(`${path}: ${performed.detail}`)
  return { stagedPath, spki: encodeSpki(key) }
}

async function gather(
  request: GatherRequest,
  root: string | undefined,
  become: Become | undefined,
): Promise<Omit<GatherAnswer, 'interrupted'>> {
  const { certificates, privateKeys, texts, owners, groups, commands, probes, exchanges, trusts } = request
  const noFolder = await findNoFolder(root)
  if (noFolder) throw new HostError(noFolder)
  const users = become ? [...owners, become.user] : owners
  const names = await readOwnerNames(root === undefined ? users : [], root === undefined ? groups : [])
  if (become && root === undefined && names.uid(become.user) !== whoWorks().uid)
    throw new HostError(
      `become is wanted, and certwright does not run as ${become.user}: run it with sudo -u ${become.user}`,
      true,
    )
  const paths = [...certificates, ...privateKeys.map(({ path }) => path)]
  const [top, ways] = [await findTop(root), await openWays(root, names)]
  const listed = await findGuarded(paths.map((path) => locate(root, path)))
  const guarded = new Set(paths.filter((path) => listed.has(locate(root, path))))
  const looks = { ways, names, guarded }
  const unknownUsers = owners
    .filter((owner) => names.uid(owner) === undefined)
    .map((owner) => `user ${owner}`)
  const unknownGroups = groups
    .filter((group) => names.gid(group) === undefined)
    .map((group) => `group ${group}`)
  return {
    clockMs: Date.now(),
    ...(await readMachine(root === undefined ? undefined : top)),
    certificates: await Promise.all(certificates.map((path) => readCertificateFact(path, looks))),
    privateKeys: await Promise.all(privateKeys.map((each) => readPrivateKeyFact(each, looks))),
    texts: await Promise.all(texts.map((path) => readTextFact(path, looks))),
    unknownOwners: root === undefined ? [...unknownUsers, ...unknownGroups] : [],
    managesOwnership: root === undefined,
    worksAs: names.user(whoWorks().uid),
    missingFolders: await findMissingFolders(paths, looks),
    disks: await readDisks(paths, ways, top),
    commands: await Promise.all(commands.map(runCommand)),
    probes: await Promise.all(probes.map((probe) => probeTls(root, probe))),
    exchanges: await Promise.all(exchanges.map((each) => exchange(root, each))),
    trusts: await Promise.all(trusts.map(async (each) => judgeTrust(await runCommand(askTrust(each))))),
  }
}

/** Transactions under way, as far as whoever asks may see them. */
async function findInterrupted(folder: string): Promise<string[]> {
  const names = (await listFolder(folder).catch(() => [])).filter(isGeneration)
  const found = await Promise.all(
    names.map((name) =>
      lstat(join(folder, name, journalName)).then(
        () => [name],
        () => [],
      ),
    ),
  )
  return found.flat().sort().map(idOf)
}

async function openKey(root: string | undefined, { path, passphrase }: KeyLocation) {
  const { bytes } = await openFile(root, path)
  const parsed = parsePrivateKey(bytes, passphrase)
  if (parsed.kind !== 'private-key') throw new HostError(`${path} ${parsed.detail}`)
  return parsed
}

async function openFile(root: string | undefined, path: string) {
  const found = await openManaged(root, path)
  if (found.kind === 'absent') throw new HostError(`${path} does not exist`)
  if (found.kind === 'unreadable') throw new HostError(`${path} ${found.detail}`)
  return found
}

/** Replaces a small file of certwright's own in one rename; its folder is root's alone. */
async function writeState(
  root: string | undefined,
  state: string,
  path: string,
  text: string,
): Promise<void> {
  const strange = await findStrangeState(root, state)
  if (strange) throw new HostError(`${path}: ${strange}`)
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
