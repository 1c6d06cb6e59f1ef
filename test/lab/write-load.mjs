// Writes to every member of an etcd cluster without a pause, over connections that stay, until it is told to stop.
// argv: a folder with ca.crt, client.crt and client.key, then the addresses. Prints one line of JSON at the end.
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'

const [folder, ...addresses] = process.argv.slice(2)
const read = (file) => readFileSync(join(folder, file))
const pair = { ca: read('ca.crt'), cert: read('client.crt'), key: read('client.key') }
const results = { written: 0, failed: [] }
let running = true

function put(agent, host) {
  const body = JSON.stringify({ key: btoa(host), value: btoa(String(results.written)) })
  return new Promise((settle, reject) => {
    const sent = request({ agent, host, port: 2379, path: '/v3/kv/put', method: 'POST' }, (answer) => {
      answer.resume().on('end', () => (answer.statusCode === 200 ? settle() : reject(answer.statusCode)))
    })
    sent.setTimeout(5000, () => sent.destroy(new Error('no answer')))
    sent.on('error', reject).end(body)
  }).then(() => {
    results.written += 1
  })
}

async function write(host) {
  const agent = new Agent({ ...pair, keepAlive: true, maxSockets: 1 })
  while (running) await put(agent, host).catch((error) => results.failed.push(`${host}: ${error}`))
  agent.destroy()
}

process.on('SIGTERM', () => {
  running = false
})
await Promise.all(addresses.map(write))
console.log(JSON.stringify(results))
