// Three kinds of clients that write to one etcd without a pause, every key only once: what was acknowledged has to be there
// afterwards.
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { run } from '../support/certwright.ts'

export interface Writers {
  /** They end; then how many writes each kind had acknowledged, how many failed, and how many of all are not there. */
  stop(): Promise<Written>
}

export interface Written {
  readonly acknowledged: { readonly lasting: number; readonly retrying: number; readonly fresh: number }
  readonly failed: { readonly lasting: number; readonly retrying: number; readonly fresh: number }
  readonly lost: number
  readonly errors: readonly string[]
}

/** Where the clients' files are: read once by the one that keeps its connection, each time by the others. */
export interface Client {
  readonly port: number
  readonly folder: string
  readonly pair: string
}

type Kind = keyof Written['acknowledged']

export function startWriters(client: Client): Writers {
  const acknowledged = new Set<string>()
  const counts = { acknowledged: zero(), failed: zero() }
  const errors: string[] = []
  let running = true
  const record = (kind: Kind, key: string) => {
    acknowledged.add(key)
    counts.acknowledged[kind] += 1
  }
  const fail = (kind: Kind, error: unknown) => {
    counts.failed[kind] += 1
    errors.push(`${kind}: ${error}`)
  }
  const write = async (kind: Kind, put: (key: string) => Promise<void>, pauseMs: number) => {
    for (let count = 0; running; count += 1) {
      const key = `${kind}-${count}`
      await put(key).then(
        () => record(kind, key),
        (error) => fail(kind, error),
      )
      await sleep(pauseMs)
    }
  }
  const lasting = openAgent(client)
  const ended = Promise.all([
    write('lasting', (key) => put(client, lasting, key), 5),
    write('retrying', (key) => retry(() => putOnce(client, key)), 50),
    write('fresh', (key) => putFresh(client, key), 150),
  ])
  return {
    stop: async () => {
      running = false
      await ended
      lasting.destroy()
      const there = await listKeys(client)
      return { ...counts, errors, lost: [...acknowledged].filter((key) => !there.has(key)).length }
    },
  }
}

const zero = (): Record<Kind, number> => ({ lasting: 0, retrying: 0, fresh: 0 })

const sleep = (ms: number) => new Promise((settle) => setTimeout(settle, ms))

function openAgent({ folder, pair }: Client): Agent {
  const read = (file: string) => readFileSync(join(folder, file))
  const files = { ca: read('ca.crt'), cert: read(`${pair}.crt`), key: read(`${pair}.key`) }
  return new Agent({ ...files, keepAlive: true, maxSockets: 1 })
}

function put({ port }: Client, agent: Agent, key: string): Promise<void> {
  const body = JSON.stringify({ key: btoa(key), value: btoa(key) })
  return new Promise((settle, reject) => {
    const sent = request({ agent, host: '127.0.0.1', port, path: '/v3/kv/put', method: 'POST' }, (answer) => {
      answer
        .resume()
        .on('end', () => (answer.statusCode === 200 ? settle() : reject(new Error(`${answer.statusCode}`))))
    })
    sent.setTimeout(5000, () => sent.destroy(new Error('no answer')))
    sent.on('error', reject).end(body)
  })
}

async function putOnce(client: Client, key: string): Promise<void> {
  const agent = openAgent(client)
  await put(client, agent, key).finally(() => agent.destroy())
}

/** For as long as a restart takes on a loaded machine. */
async function retry(work: () => Promise<void>): Promise<void> {
  const end = Date.now() + 20_000
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(100)
    }
  }
}

async function putFresh(client: Client, key: string): Promise<void> {
  const ran = await etcdctl(client, 'put', key, key)
  if (ran.stdout !== 'OK\n') throw new Error(ran.stderr)
}

async function listKeys(client: Client): Promise<ReadonlySet<string>> {
  const { stdout } = await etcdctl(client, 'get', '', '--prefix', '--keys-only')
  return new Set(stdout.split('\n').filter(Boolean))
}

export function etcdctl({ port, folder, pair }: Client, ...args: string[]) {
  const files = [`--cacert=${folder}/ca.crt`, `--cert=${folder}/${pair}.crt`, `--key=${folder}/${pair}.key`]
  const limits = ['--dial-timeout=5s', '--command-timeout=10s']
  return run('etcdctl', [`--endpoints=https://127.0.0.1:${port}`, ...files, ...limits, ...args], {
    env: { ETCDCTL_API: '3' },
  })
}
