// A host's connection variables → how to reach it.
import { dirname, resolve } from 'node:path'
import type { OwnFolders } from '../model/control.ts'
import { type Become, controlHost, type HostTarget, type SshTarget } from '../model/desired.ts'
import { Secret, type SecretReference, type SecretStore } from '../model/secret.ts'
import { VariableError } from './cel.ts'
import { fromCel } from './cel-values.ts'
import type { Complaint, Complaints } from './complaints.ts'
import {
  isFault,
  ownVariables as ours,
  type Reader,
  readAddress,
  readArguments,
  readBoolean,
  readConnection,
  readFilePath,
  readMethod,
  readPort,
  readRoot,
  readUser,
} from './connection.ts'
import type { Scope } from './expression.ts'
import type { Variable } from './inventory-model.ts'
import type { Variables } from './scope.ts'
import { suggest } from './suggest.ts'

export interface TargetInput {
  readonly name: string
  /** As they are written: for the places. */
  readonly variables: Variables
  readonly scope: Scope
  /** The play's. */
  readonly become: boolean
  readonly secrets: SecretStore
  readonly complaints: Complaints
  /** Of whoever runs certwright, on this machine; absent: root's. */
  readonly folders?: OwnFolders
}

/** Undefined after a complaint. */
export async function readTarget(input: TargetInput): Promise<HostTarget | undefined> {
  const { name } = input
  const asked = askFor(input)
  reportMistyped(input)
  const connection = await asked.read(readConnection, 'ansible_connection')
  const become = await readBecome(asked, input.become)
  const root = await asked.read(readRoot, 'certwright_root')
  const base = { name, ...(become ? { become } : {}) }
  if ((connection ?? (isThisMachine(name) ? 'local' : 'ssh')) === 'local') {
    const from = input.variables.certwright_root?.from
    const target = { ...base, connection: 'local' } as const
    if (asked.hasFailed()) return undefined
    if (root !== undefined)
      return { ...target, root: resolve(from ? dirname(from.document.path) : '.', root) }
    return input.folders ? { ...target, state: input.folders.state } : target
  }
  const ssh = await readSsh(asked, name)
  if (root !== undefined && !root.startsWith('/'))
    asked.refuse('certwright_root', 'must be an absolute path on a remote host')
  return asked.hasFailed() ? undefined : { ...base, ...ssh, ...(root === undefined ? {} : { root }) }
}

/** The control node is this machine, unless an inventory says otherwise. */
function isThisMachine(name: string): boolean {
  return ['localhost', '127.0.0.1', '::1', controlHost].includes(name)
}

async function readBecome(asked: Asking, playBecome: boolean): Promise<Become | undefined> {
  const wanted = (await asked.read(readBoolean, 'ansible_become')) ?? playBecome
  await asked.read(readMethod, 'ansible_become_method')
  const user = (await asked.read(readUser, 'ansible_become_user')) ?? 'root'
  const password = asked.reference('ansible_become_password', 'ansible_become_pass')
  return wanted ? { user, ...(password === undefined ? {} : { password }) } : undefined
}

async function readSsh(asked: Asking, name: string): Promise<Omit<SshTarget, 'name'>> {
  const address = (await asked.read(readAddress, 'ansible_host', 'ansible_ssh_host')) ?? name
  const port = await asked.read(readPort, 'ansible_port', 'ansible_ssh_port')
  const user = await asked.read(readUser, 'ansible_user', 'ansible_ssh_user')
  const privateKeyFile = await asked.read(
    readFilePath,
    'ansible_ssh_private_key_file',
    'ansible_private_key_file',
  )
  const common = await asked.read(readArguments, 'ansible_ssh_common_args')
  const extra = await asked.read(readArguments, 'ansible_ssh_extra_args')
  for (const variable of ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password'])
    if (asked.has(variable)) asked.refuse(variable, 'is not taken: ssh logs in with a key or an agent')
  return {
    connection: 'ssh',
    address,
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(privateKeyFile === undefined ? {} : { privateKeyFile }),
    sshArgs: [...(common ?? []), ...(extra ?? [])],
  }
}

interface Asking {
  readonly hasFailed: () => boolean
  readonly has: (name: string) => boolean
  /** The value of the first of these that is set. */
  readonly read: <T>(reader: Reader<T>, ...names: readonly string[]) => Promise<T | undefined>
  /** Of a secret only where it is. What stands in the inventory in clear text is kept in memory from here on. */
  readonly reference: (...names: readonly string[]) => SecretReference | undefined
  readonly refuse: (name: string, fault: string) => undefined
}

/** Asks for a host's variables one after another, and complains of what cannot be. */
function askFor({ name: host, variables, scope, secrets, complaints }: TargetInput): Asking {
  let failed = false
  const has = (name: string) => variables[name] !== undefined
  const refuse = (name: string, fault: string): undefined => {
    failed = true
    complainAbout(complaints, variables[name], {
      code: 'invalid-connection',
      message: `${host}: ${name} ${fault}`,
    })
  }
  const evaluate = (name: string): unknown => {
    try {
      return fromCel(scope[name])
    } catch (error) {
      // The variable's own expression failed, and has been told where it stands.
      if (!(error instanceof VariableError)) throw error
      failed = true
      return error.code === 'reported' ? undefined : refuse(name, error.message)
    }
  }
  // Connecting is what a secret connection variable is for.
  const reveal = async (name: string, { reference }: Secret): Promise<unknown> => {
    const resolved = await secrets.resolve(reference)
    return resolved.kind === 'secret' ? resolved.value : refuse(name, resolved.detail)
  }
  return {
    hasFailed: () => failed,
    has,
    refuse,
    read: async (reader, ...names) => {
      const name = names.find(has)
      const value = name === undefined ? undefined : evaluate(name)
      if (name === undefined || value === undefined) return undefined
      const shown = value instanceof Secret ? await reveal(name, value) : value
      if (shown === undefined) return undefined
      const read = reader(shown)
      if (!isFault(read)) return read
      return refuse(name, value instanceof Secret ? 'is a secret that does not fit here' : read.fault)
    },
    reference: (...names) => {
      const name = names.find(has)
      const value = name === undefined ? undefined : evaluate(name)
      if (name === undefined || value === undefined) return undefined
      if (value instanceof Secret) return value.reference
      const reference = `vault:${host}:${name}`
      secrets.keep(reference, { kind: 'plain', text: String(value) })
      return reference
    },
  }
}

/** certwright's own variables are few: another one with its prefix is a mistake. */
function reportMistyped({ variables, complaints }: TargetInput): void {
  for (const [name, { from }] of Object.entries(variables)) {
    if (!name.startsWith('certwright_') || ours.includes(name) || !from) continue
    const hint = suggest(name, ours) ?? `there is ${ours.join(', ')}`
    const complaint = { code: 'unknown-variable', message: `there is no variable "${name}"`, hint }
    complaints.at(from.document, from.pointer, complaint, 'key')
  }
}

function complainAbout(complaints: Complaints, variable: Variable | undefined, complaint: Complaint): void {
  const { from } = variable ?? {}
  if (from) complaints.at(from.document, from.pointer, complaint)
  else complaints.about(undefined, complaint)
}
