// Three kinds of clients that write to an etcd cluster without a pause, each write to a key of its own, until they are told
// to stop (SIGTERM). argv: a folder with ca.crt, client.crt and client.key, then the ports of the members, on 127.0.0.1.
// Prints one line of JSON at the end: of each kind, how many writes were begun, and which of them were not acknowledged; and
// how many members were out at once, at most.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const [folder, ...ports] = process.argv.slice(2)
const pauseMs = 50
const patienceMs = 60_000
let running = true
process.on('SIGTERM', () => {
  running = false
})

/** As they are now: whoever connects anew reads them anew. */
function readPair() {
  const [ca, cert, key] = ['ca.crt', 'client.crt', 'client.key'].map((file) =>
    readFileSync(join(folder, file)),
  )
  return { ca, cert, key, keepAlive: true, maxSockets: 1 }
}

function put(agent, port, key) {
  const body = JSON.stringify({ key: btoa(key), value: btoa(key) })
  return new Promise((settle, reject) => {
    const sent = request({ agent, host: '127.0.0.1', port, path: '/v3/kv/put', method: 'POST' }, (answer) => {
      answer.resume().on('error', reject)
      answer.on('end', () =>
        answer.statusCode === 200 ? settle() : reject(new Error(`${answer.statusCode}`)),
      )
    })
    sent.setTimeout(20_000, () => sent.destroy(new Error('no answer')))
    sent.on('error', reject).end(body)
  })
}

/** A connection for life: only when it breaks, another member gets the next one. */
function makeConnection() {
  let turn = 0
  let agent = new Agent(readPair())
  return async (key) => {
    try {
      await put(agent, ports[turn % ports.length], key)
    } catch (error) {
      turn += 1
      agent.destroy()
      agent = new Agent(readPair())
      throw error
    }
  }
}

/** Until it is acknowledged. The same write twice is the same write. */
function makeRetrying() {
  const write = makeConnection()
  return async (key) => {
    const end = performance.now() + patienceMs
    for (;;) {
      const error = await write(key).then(
        () => undefined,
        (reason) => reason,
      )
      if (!error) return
      if (performance.now() > end) throw error
      await sleep(50)
    }
  }
}

/** A process and a handshake for each, with any member. */
function makeFresh() {
  const files = ['--cacert', 'ca.crt', '--cert', 'client.crt', '--key', 'client.key']
  const pair = files.map((each) => (each.startsWith('--') ? each : join(folder, each)))
  const endpoints = ports.map((port) => `https://127.0.0.1:${port}`).join(',')
  const options = { env: { ...process.env, ETCDCTL_API: '3' } }
  return (key) =>
    new Promise((settle, reject) => {
      const args = [`--endpoints=${endpoints}`, ...pair, '--command-timeout=20s', 'put', key, key]
      execFile('etcdctl', args, options, (error, _, stderr) =>
        error ? reject(new Error(stderr.slice(-300))) : settle(),
      )
    })
}

async function keepWriting(kind, write, pause) {
  const results = { begun: 0, failed: [] }
  while (running) {
    const number = results.begun
    results.begun += 1
    await write(`${kind}/${number}`).catch((error) => results.failed.push([number, `${error}`]))
    await sleep(pause)
  }
  return [kind, results]
}

const out = new Set()
let mostOut = 0

/** Out, from the first connection that is refused or broken until it answers again: it listens before it has joined the others. */
async function watchMember(port) {
  while (running) {
    const agent = new Agent({ ...readPair(), keepAlive: false })
    const answered = await new Promise((settle) => {
      const asked = request({ agent, host: '127.0.0.1', port, path: '/version' }, (answer) => {
        answer.resume().on('end', () => settle(true))
      })
      asked.on('error', () => settle(false)).end()
    })
    if (answered) out.delete(port)
    else out.add(port)
    mostOut = Math.max(mostOut, out.size)
    agent.destroy()
    await sleep(300)
  }
}

const watching = ports.map(watchMember)
const kinds = await Promise.all([
  keepWriting('connected', makeConnection(), pauseMs),
  keepWriting('retrying', makeRetrying(), pauseMs),
  keepWriting('fresh', makeFresh(), 1000),
])
await Promise.race([Promise.all(watching), sleep(2000)])
console.log(JSON.stringify({ ...Object.fromEntries(kinds), mostOut }))
process.exit()
