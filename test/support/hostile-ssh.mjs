#!/usr/bin/env node
// Stands in for ssh: the agent runs right here, and what it says is bent on its way back, by what
// CERTWRIGHT_TEST_HOSTILE (a JSON file) has for the address: {word, at, how, field, value, after, notes}.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readFileSync } from 'node:fs'

const [address, command] = process.argv.slice(-2)
const tricks = JSON.parse(readFileSync(process.env.CERTWRIGHT_TEST_HOSTILE, 'utf8'))
const { word, at, how, field, value, after, notes } = tricks[address]
const agent = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'inherit'] })
agent.on('exit', (code) => process.exit(code ?? 255))
agent.stdin.on('error', () => undefined)
process.stdout.on('error', () => process.exit(255))

let nonce
let count = 0
let armed = after === undefined
process.stdin.on('data', (chunk) => {
  const text = chunk.toString('latin1')
  nonce ??= /nonce=([0-9a-f]+)/.exec(text)?.[1]
  armed ||= text.includes(after)
  agent.stdin.write(chunk)
})
process.stdin.on('end', () => agent.stdin.end())

let rest = ''
for await (const chunk of agent.stdout) {
  const lines = (rest + chunk.toString('latin1')).split('\n')
  rest = lines.pop()
  for (const line of lines) await pass(line)
}

async function say(text) {
  if (!process.stdout.write(text, 'latin1')) await once(process.stdout, 'drain')
}

async function pass(line) {
  const fields = line.split(' ')
  if (fields[0] !== nonce) return say(`${line}\n`)
  count += 1
  if (notes !== undefined) appendFileSync(notes, `${fields[1]}\n`)
  if (!armed || (at === undefined ? fields[1] !== word : count !== at)) return say(`${line}\n`)
  if (how === 'missing') return
  if (how === 'twice') return say(`${line}\n${line}\n`)
  if (how === 'nonce') return say(`${'0'.repeat(nonce.length)} ${fields.slice(1).join(' ')}\n`)
  if (how === 'words' || how === 'dashes') {
    const filler = how === 'words' ? 'many' : '-'
    return say(`${[nonce, fields[1], ...fields.slice(2).map(() => filler)].join(' ')}\n`)
  }
  // What is absent has fewer fields than what is there.
  if (how === 'set') return say(`${(field < fields.length ? fields.with(field, value) : fields).join(' ')}\n`)
  if (how === 'oversized') return say(`${line} ${'A'.repeat(24 * 1024 * 1024)}\n`)
  if (how === 'endless') for (;;) await say(`${line}\n`.repeat(1000))
  if (how === 'no-newline') for (;;) await say('A'.repeat(65_536))
  if (how === 'drips') for (;;) await say('A').then(() => new Promise((done) => setTimeout(done, 100)))
  if (how === 'shouts') process.stderr.write('x'.repeat(32 * 1024 * 1024))
  return say(`${line}\n`)
}
