#!/usr/bin/env node
// Stands in for ssh, and cuts the connection at one frame of what is sent: before it, in the middle, before its last
// bytes, or when it is sent.
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const { CERTWRIGHT_TEST_CUT = '', CERTWRIGHT_TEST_FRAMES } = process.env
const [at, moment] = CERTWRIGHT_TEST_CUT.split(':')
const ssh = spawn('/usr/bin/ssh', process.argv.slice(2), { stdio: ['pipe', 'inherit', 'inherit'] })
ssh.on('exit', (code) => process.exit(code ?? 255))
ssh.stdin.on('error', () => undefined)

let rest = Buffer.alloc(0)
let frames = 0
for await (const chunk of process.stdin) {
  rest = Buffer.concat([rest, chunk])
  for (let frame = takeFrame(); frame; frame = takeFrame()) await forward(frame)
}
ssh.stdin.end(rest)

/** `@LENGTH`, a script of that length, and as many bytes as its first line says. */
function takeFrame() {
  const end = rest.indexOf('\n')
  if (end < 0 || rest[0] !== 64) return undefined
  const script = end + 1 + Number(rest.subarray(1, end))
  if (rest.length < script) return undefined
  const [, payload = '0'] = /^left=(\d+)\n/.exec(rest.subarray(end + 1, script).toString('latin1')) ?? []
  const length = script + Number(payload)
  if (rest.length < length) return undefined
  const frame = { bytes: rest.subarray(0, length), script }
  rest = rest.subarray(length)
  return frame
}

async function forward({ bytes, script }) {
  frames += 1
  if (CERTWRIGHT_TEST_FRAMES) appendFileSync(CERTWRIGHT_TEST_FRAMES, `${bytes.length - script}\n`)
  if (frames !== Number(at)) return void ssh.stdin.write(bytes)
  // A frame without a payload is cut within its script.
  const middle = script < bytes.length ? Math.ceil((script + bytes.length) / 2) : Math.ceil(script / 2)
  const sent = { before: 0, middle, last: bytes.length - 10, sent: bytes.length }[moment]
  ssh.stdin.write(bytes.subarray(0, sent))
  await sleep(30)
  ssh.kill('SIGKILL')
}
