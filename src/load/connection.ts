// Ansible's connection variables: what each may hold. Pure.
import { parseArgsStringToArgv } from 'string-argv'

interface Fault {
  readonly fault: string
}

export type Reader<T> = (value: unknown) => T | Fault

export function isFault(read: unknown): read is Fault {
  return typeof read === 'object' && read !== null && 'fault' in read
}

/** certwright's own. */
export const ownVariables = ['certwright_root', 'certwright_data']

/** What an inventory, a play or `-e` may set without any policy declaring it. */
export const connectionVariables = [
  'ansible_connection',
  'ansible_host',
  'ansible_port',
  'ansible_user',
  'ansible_become',
  'ansible_become_user',
  'ansible_become_password',
  'ansible_ssh_private_key_file',
  'ansible_ssh_common_args',
  'ansible_ssh_extra_args',
  ...ownVariables,
]

/** Nothing that ssh or sudo could take for an option, nor a shell for more than one word. */
const wordPattern = /^[A-Za-z0-9_][A-Za-z0-9_.@\\+$-]{0,127}$/
const addressPattern = /^[A-Za-z0-9_:][A-Za-z0-9_.:%-]{0,252}$/

export const readConnection: Reader<'local' | 'ssh'> = (value) => {
  if (value === 'local') return 'local'
  if (value === 'ssh' || value === 'smart') return 'ssh'
  return { fault: `must be ssh or local, is ${show(value)}` }
}

export const readAddress: Reader<string> = (value) =>
  typeof value === 'string' && addressPattern.test(value)
    ? value
    : { fault: `must be a host name or an address, is ${show(value)}` }

export const readUser: Reader<string> = (value) =>
  typeof value === 'string' && wordPattern.test(value)
    ? value
    : { fault: `must be the name of a user, is ${show(value)}` }

export const readPort: Reader<number> = (value) => {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535
    ? port
    : { fault: `must be a port between 1 and 65535, is ${show(value)}` }
}

export const readBoolean: Reader<boolean> = (value) => {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string' && /^(yes|true|on|1)$/i.test(value)) return true
  if (typeof value === 'string' && /^(no|false|off|0)$/i.test(value)) return false
  return { fault: `must be true or false, is ${show(value)}` }
}

export const readFilePath: Reader<string> = (value) =>
  typeof value === 'string' && /^[^\p{Cc}-][^\p{Cc}]*$/u.test(value)
    ? value
    : { fault: `must be the path of a file, is ${show(value)}` }

/** Controls would stand in every path of the host; a NUL byte in none that any system takes. */
export const readRoot: Reader<string> = (value) =>
  typeof value === 'string' && /^\P{Cc}+$/u.test(value)
    ? value
    : { fault: `must be the path of a folder, is ${show(value)}` }

/** Words as a shell would split them; quotes hold words together. */
export const readArguments: Reader<readonly string[]> = (value) =>
  typeof value === 'string' && !/\p{Cc}/u.test(value)
    ? parseArgsStringToArgv(value)
    : { fault: `must be one line of arguments, is ${show(value)}` }

export const readMethod: Reader<'sudo'> = (value) =>
  value === 'sudo' ? value : { fault: `must be sudo, is ${show(value)}` }

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing'
}
