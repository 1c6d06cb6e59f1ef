// A remote machine over OpenSSH, as a Host: one ssh process for a whole run, and no agent to install.
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { SshTarget } from '../../model/desired.ts'
import type { Host } from '../../model/host.ts'
import { HostError } from '../../model/host.ts'
import type { ResolveSecret } from '../../model/secret.ts'
import { openConnection } from './connection.ts'
import { readCommandOutcome, readProbeFact } from './facts.ts'
import { explainFailure } from './failure.ts'
import { addCommand, addProbe, gather } from './gather.ts'
import { installTransaction } from './install.ts'
import { generateKey, readPrivateKey, readPublicKey, sign } from './keys.ts'
import { locate, stagedPath } from './paths.ts'
import { call, quote } from './quote.ts'
import { makeScript } from './script.ts'
import { makeStaging } from './staging.ts'

const generationsPath = '/var/lib/certwright/generations'

export interface SshHostOptions extends SshTarget {
  /** Folder on the host where what was replaced is kept. */
  readonly generations?: string
}

export function createSshHost(options: SshHostOptions, resolveSecret: ResolveSecret): Host {
  const root = options.root ?? ''
  const generations = options.generations ?? locate(root, generationsPath)
  const connection = openConnection(options, resolveSecret)
  const staging = makeStaging()
  return {
    name: options.name,
    gather: (request) => gather(connection, root, request),
    generateKey: (request) => generateKey(connection, root, staging, request),
    readPublicKey: (location) => readPublicKey(connection, root, location),
    sign: (request) => sign(connection, root, request),
    readPrivateKey: (location) => readPrivateKey(connection, root, location),
    install: (transaction) => installTransaction({ connection, root, generations, staging }, transaction),
    restore: async (id) => {
      const records = await connection.request(call('restore', `${generations}/${id}`))
      if (!records.some(([word]) => word === 'restored'))
        throw new HostError(`${generations}/${id}: ${explainFailure(records)}`)
    },
    discard: async () => {
      const files = [...staging.files].map(quote).join(' ')
      const folders = staging.folders.toReversed().map(quote).join(' ')
      const steps = [files && `rm -f -- ${files}`, folders && `rmdir -- ${folders} 2> /dev/null`]
      if (files !== '' || folders !== '')
        await connection.request(steps.filter((step) => step !== '').join('\n')).catch(() => undefined)
    },
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
    writeState: async (path, text) => {
      const location = locate(root, path)
      const staged = stagedPath(location)
      const bytes = Buffer.from(text)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const steps = [
        call('private', dirname(location)),
        call('stage', staged, bytes.length, sha256),
        call('place', staged, location),
        'say written',
      ]
      const records = await connection.request(steps.join(' &&\n'), { payloads: [bytes] })
      if (!records.some(([word]) => word === 'written'))
        throw new HostError(`${path}: ${explainFailure(records)}`)
    },
    close: () => connection.close(),
  }
}
