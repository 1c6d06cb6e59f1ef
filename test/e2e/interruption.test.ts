import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { stateFolder } from '../support/certwright.ts'
import { makeEngine, smallPolicy } from '../support/engine.ts'
import { startSshd } from '../support/sshd.ts'

/** Everything on this machine that has the word in its arguments. */
const processesWith = (word: string) => {
  try {
    return execFileSync('pgrep', ['-af', '--', word], { encoding: 'utf8' }).split('\n').filter(Boolean)
  } catch {
    return []
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !condition(); tries += 1) await sleep(50)
  expect(condition()).toBe(true)
}

/** A host whose service takes long to restart, there or here, and certwright at work on it. */
async function startSlowApply(connection: 'ssh' | 'local') {
  const services = `services:
  web:
    manager: command
    command: { restart: [sh, -c, "cd FOLDER && touch begun && sleep SECONDS && touch ended"], is_active: ["true"] }
    uses: { leaf: restart }
`
  const engine = await makeEngine(smallPolicy('', '', services))
  const seconds = `3.${Math.floor(Math.random() * 1e9)}`
  await engine.write(
    'policy.yml',
    readFileSync(join(engine.folder, 'policy.yml'), 'utf8')
      .replace('FOLDER', engine.folder)
      .replace('SECONDS', seconds),
  )
  if (connection === 'ssh') {
    const sshd = await startSshd()
    onTestFinished(sshd.stop)
    const { port, privateKeyFile, sshArgs } = sshd.target
    const vars = `ansible_host: 127.0.0.1, ansible_port: ${port}, ansible_ssh_private_key_file: ${privateKeyFile}, ansible_ssh_common_args: "${sshArgs.join(' ')}"`
    await engine.write(
      'inventory.yml',
      `all: { hosts: { node-1: { ${vars}, certwright_root: ${engine.root()} } } }\n`,
    )
  }
  const child = spawn(
    process.execPath,
    [resolve('dist/main.js'), 'apply', 'play.yml', '-i', 'inventory.yml', '--auto-approve'],
    { cwd: engine.folder, stdio: 'ignore', env: { ...process.env, CERTWRIGHT_STATE_DIR: stateFolder() } },
  )
  const ended = new Promise<number | null>((settle) => child.on('close', settle))
  const has = (name: string) => existsSync(join(engine.folder, name))
  await until(() => has('begun'))
  return { child, ended, seconds, has, installed: () => existsSync(join(engine.root(), 'pki/leaf.crt')) }
}

describe.each(['local', 'ssh'] as const)(
  'a run that is told to stop while a service restarts (%s)',
  (connection) => {
    it.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const)('by one %s finishes what it has in hand', async (signal, code) => {
      const run = await startSlowApply(connection)
      run.child.kill(signal)
      expect(await run.ended).toBe(code)
      expect([run.has('ended'), run.installed()]).toEqual([true, true])
      await until(() => processesWith(run.seconds).length === 0)
    })

    it('by a second one ends at once, and nothing that it started goes on', async () => {
      const run = await startSlowApply(connection)
      run.child.kill('SIGINT')
      await sleep(200)
      const before = performance.now()
      run.child.kill('SIGINT')
      expect(await run.ended).toBe(130)
      expect(performance.now() - before).toBeLessThan(1500)
      await until(() => processesWith(run.seconds).length === 0)
      expect(run.has('ended')).toBe(false)
    })
  },
)

it('a run that only looks ends at the first signal, whatever it waits for', async () => {
  const silent = createServer()
  await new Promise<void>((settle) => silent.listen(0, '127.0.0.1', settle))
  onTestFinished(() => void silent.close())
  const address = silent.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const engine = await makeEngine(smallPolicy())
  mkdirSync(join(engine.folder, 'ssh'))
  writeFileSync(
    join(engine.folder, 'inventory.yml'),
    `all: { hosts: { node-1: { ansible_host: 127.0.0.1, ansible_port: ${port} } } }\n`,
  )
  const argv = [resolve('dist/main.js'), 'plan', 'play.yml', '-i', 'inventory.yml']
  const child = spawn(process.execPath, argv, { cwd: engine.folder, stdio: 'ignore' })
  const ended = new Promise<number | null>((settle) => child.on('close', settle))
  await until(() => processesWith(`-p ${port} `).length > 0)
  child.kill('SIGTERM')
  expect(await ended).toBe(143)
  await until(() => processesWith(`-p ${port} `).length === 0)
})
