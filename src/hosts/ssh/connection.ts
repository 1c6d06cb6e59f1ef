// One ssh process for one host and one run: a fixed remote command, everything else framed on its standard input.
import { randomBytes } from 'node:crypto'
import type { SshTarget } from '../../model/desired.ts'
import { HostError } from '../../model/host.ts'
import type { ResolveSecret } from '../../model/secret.ts'
import { endGroup, leadGroup } from '../process-group.ts'
import { agent, loop } from './agent.ts'
import { type Bounds, type Records, readAnswers } from './answers.ts'
import { quote } from './quote.ts'

export type { Records }

export interface Connection {
  /** Runs a script of calls to the agent; the payloads follow it, to be taken in order. One round trip. */
  readonly request: (script: string, options?: RequestOptions) => Promise<Records>
  /** From now on, the other side is told now and then that this one is still there. */
  readonly keepAwake: () => void
  readonly close: () => Promise<void>
}

interface RequestOptions extends Partial<Bounds> {
  readonly payloads?: readonly Uint8Array[]
}

const connectSeconds = 10
const defaultTimeoutMs = 60_000
/** The agent gives up the lock when it hears nothing for 120 s. */
const beatMs = 20_000
/** Enough for anything but a look at many files, which knows how much it asked for. */
const defaultMaximumBytes = 16 * 1024 * 1024
const lingerMs = 2000

export function openConnection(target: SshTarget, resolveSecret: ResolveSecret): Connection {
  let opened: Promise<Talk> | undefined
  let last: Promise<unknown> = Promise.resolve()
  let beats: NodeJS.Timeout | undefined
  return {
    request: (script, options = {}) => {
      opened ??= startTalk(target, resolveSecret)
      const talk = opened
      const answer = last.then(async () => (await talk).ask(script, options))
      last = answer.catch(() => undefined)
      return answer
    },
    keepAwake: () => {
      beats ??= setInterval(() => void opened?.then((talk) => talk.beat()), beatMs).unref()
    },
    close: async () => {
      clearInterval(beats)
      await last
      const talk = await opened?.catch(() => undefined)
      // Whoever asks again opens another conversation.
      opened = undefined
      beats = undefined
      await talk?.end()
    },
  }
}

interface Talk {
  readonly ask: (script: string, options: RequestOptions) => Promise<Records>
  readonly beat: () => void
  readonly end: () => Promise<void>
}

async function startTalk(target: SshTarget, resolveSecret: ResolveSecret): Promise<Talk> {
  const password = await findPassword(target, resolveSecret)
  const { execa } = await import('execa')
  const child = spawnSsh(execa, sshArguments(target, password !== undefined))
  leadGroup(child)
  // A pipe that breaks shows in the exit of ssh.
  child.stdin?.on('error', () => undefined)
  if (password !== undefined) child.stdin?.write(`${password}\n`)
  const nonce = randomBytes(12).toString('hex')
  const answers = readAnswers(child, child, nonce)
  send(child, `nonce=${nonce}\n${agent}`, [])
  return {
    ask: async (
      script,
      { payloads = [], timeoutMs = defaultTimeoutMs, maximumBytes = defaultMaximumBytes },
    ) => {
      const length = payloads.reduce((sum, { length: each }) => sum + each, 0)
      send(child, `left=${length}\n${script}\nfinish\n`, payloads)
      return answers.next({ timeoutMs, maximumBytes })
    },
    beat: () => send(child, ':\n', []),
    end: async () => {
      child.stdin?.end()
      const timer = setTimeout(() => endGroup(child.pid, 'SIGKILL'), lingerMs)
      // Somebody who left the group may keep the pipes open for ever.
      let late: NodeJS.Timeout | undefined
      await Promise.race([child, new Promise((settle) => (late = setTimeout(settle, lingerMs * 2)))])
      clearTimeout(timer)
      clearTimeout(late)
    },
  }
}

type Child = ReturnType<typeof spawnSsh>

function spawnSsh(execa: typeof import('execa').execa, args: readonly string[]) {
  return execa('ssh', args, {
    reject: false,
    buffer: false,
    stdin: 'pipe',
    // A Ctrl-C at the terminal is ours to handle: what is being installed is finished first.
    detached: true,
    env: { LC_ALL: 'C' },
  })
}

async function findPassword(
  { become, name }: SshTarget,
  resolve: ResolveSecret,
): Promise<string | undefined> {
  if (become?.password === undefined) return undefined
  const resolved = await resolve(become.password)
  if (resolved.kind === 'secret') return resolved.value
  throw new HostError(`the password of sudo cannot be had for ${name}: ${resolved.detail}`, true)
}

/** The user's own arguments come first: ssh takes the first value that it sees of an option. */
function sshArguments(target: SshTarget, hasPassword: boolean): string[] {
  const { address, port, user, privateKeyFile, sshArgs, become } = target
  const shell = `exec sh -c ${quote(loop)}`
  const sudo = hasPassword ? "sudo -S -p ''" : 'sudo -n'
  const command =
    become === undefined
      ? shell
      : `if [ "$(id -un)" = ${quote(become.user)} ]; then ${shell}; else exec ${sudo} -H -u ${quote(become.user)} -- sh -c ${quote(loop)}; fi`
  return [
    ...sshArgs,
    '-T',
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(privateKeyFile === undefined ? [] : ['-i', privateKeyFile]),
    ...[
      'BatchMode=yes',
      'StrictHostKeyChecking=yes',
      `ConnectTimeout=${connectSeconds}`,
      'ServerAliveInterval=5',
      'ServerAliveCountMax=3',
      'ClearAllForwardings=yes',
      'LogLevel=ERROR',
    ].flatMap((option) => ['-o', option]),
    '--',
    address,
    `exec sh -c ${quote(command)}`,
  ]
}

function send({ stdin }: Child, script: string, payloads: readonly Uint8Array[]): void {
  const bytes = Buffer.from(script)
  stdin?.write(Buffer.concat([Buffer.from(`@${bytes.length}\n`), bytes, ...payloads]))
}
