// A remote machine over OpenSSH, as a Host: one ssh process for a whole run, and no agent to install.
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { systemFolder } from '../../model/control.ts'
import type { SshTarget } from '../../model/desired.ts'
import type { Host } from '../../model/host.ts'
import { HostError } from '../../model/host.ts'
import type { ResolveSecret } from '../../model/secret.ts'
import { ownPath } from '../own-path.ts'
import { findSuperseded, forget } from '../transaction/forget.ts'
import { install, listGenerations, restore } from '../transaction/transactions.ts'
import { presentCanaries } from './canaries.ts'
import { openConnection } from './connection.ts'
import { openDisk } from './disk.ts'
import { readCommandOutcome, readProbeFact } from './facts.ts'
import { explainFailure } from './failure.ts'
import { addCommand, addProbe, gather } from './gather.ts'
import { generateKey, readPrivateKey, readPublicKey, sign } from './keys.ts'
import { locate, strayName } from './paths.ts'
import { call } from './quote.ts'
import { makeScript } from './script.ts'
import { openSshSession } from './session.ts'

export interface SshHostOptions extends SshTarget {
  /** certwright's own folder on the host; by default `/var/lib/certwright` below the root. */
  readonly state?: string
}

export function createSshHost(options: SshHostOptions, resolveSecret: ResolveSecret): Host {
  const root = options.root ?? ''
  const state = options.state ?? locate(root, systemFolder)
  const own = (path: string) => ownPath(root, state, path)
  const connection = openConnection(options, resolveSecret)
  const session = openSshSession(connection, root, state)
  // To be read: no lock is needed, and nothing is written down.
  const openKept = () => openDisk({ connection, root, state, list: '' })
  return {
    name: options.name,
    lock: session.lock,
    gather: async (request) => ({
      ...(await gather(connection, root, state, { ...request, texts: request.texts.map(own) })),
      ...session.stuck(),
    }),
    generateKey: async (request) => generateKey(session.writing(), request),
    readPublicKey: (location) => readPublicKey(connection, root, location),
    sign: (request) => sign(connection, root, request),
    readPrivateKey: (location) => readPrivateKey(connection, root, location),
    install: (transaction) => session.change(({ disk, names }) => install(disk, names, transaction)),
    restore: (request) => session.change(({ disk, names }) => restore(disk, names, request)),
    listGenerations: () => listGenerations(openKept()),
    findSuperseded: (paths) => findSuperseded(openKept(), paths),
    forget: async (generations) => forget(session.writing().disk, generations),
    discard: session.discard,
    run: async (command) => {
      const script = makeScript()
      addCommand(script, 0, command)
      const records = await connection.request(script.text(), { timeoutMs: command.timeoutMs + 20_000 })
      return readCommandOutcome(records.find(([word]) => word === 'run') ?? [])
    },
    probeTls: async (probe) => {
      const script = makeScript()
      addProbe(script, 0, root, probe)
      const records = await connection.request(script.text(), { timeoutMs: probe.timeoutMs + 20_000 })
      return readProbeFact(records.find(([word]) => word === 'probe') ?? [])
    },
    presentCanaries: (request) => presentCanaries(connection, request),
    writeState: async (path, text) => {
      const location = locate(root, own(path))
      const staged = strayName(location)
      const bytes = Buffer.from(text)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const steps = [
        call('below', root),
        call('ours_alone', state),
        call('private', dirname(location)),
        call('stage', staged, bytes.length, sha256),
        call('place', staged, location),
        'say written',
      ]
      const records = await connection.request(steps.join(' &&\n'), { payloads: [bytes] })
      if (!records.some(([word]) => word === 'written'))
        throw new HostError(`${own(path)}: ${explainFailure(records)}`)
    },
    close: session.close,
  }
}
