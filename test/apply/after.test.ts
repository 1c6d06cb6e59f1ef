import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeEngine, outline, smallPolicy, start } from '../support/engine.ts'

const later = new Date(Date.parse(start) + 90 * 86_400_000).toISOString()

/** Each says its name when it restarts; where `broken` exists, the restart of the store fails. */
async function makeServices() {
  const service = (name: string, rest: string) => `  ${name}:
    manager: command
    command: { restart: [sh, -c, "echo ${name} >>LOG; ${name === 'store' ? '! [ -e BROKEN ]' : 'true'}"], is_active: ["true"] }
    uses: { leaf: restart }
${rest}`
  const services = [
    'services:',
    service('store', ''),
    service('client', '    after: [store]'),
    service('user', '    after: [client]'),
    service('bystander', ''),
  ]
  const engine = await makeEngine(smallPolicy('', '', services.join('\n')), ['node-1'], 'on_failure: keep')
  const [log, broken] = [join(engine.folder, 'log'), join(engine.folder, 'broken')]
  const policy = readFileSync(join(engine.folder, 'policy.yml'), 'utf8')
  await engine.write('policy.yml', policy.replaceAll('LOG', log).replaceAll('BROKEN', broken))
  const readLog = () => {
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []
    rmSync(log, { force: true })
    return lines
  }
  return { engine, readLog, broken }
}

it('a service is not restarted after one that it comes after has failed, and owes it still', async () => {
  const { engine, readLog, broken } = await makeServices()
  await engine.apply()
  expect(readLog()).toEqual(['store', 'client', 'user', 'bystander'])
  writeFileSync(broken, '')
  const { outcomes } = await engine.apply(later)
  expect(readLog()).toEqual(['store', 'bystander'])
  const heldBack = outcomes.filter(({ status }) => status === 'skipped')
  const detail = 'not restarted: it comes after store, which failed; still owed'
  expect(heldBack).toMatchObject([
    { address: 'node-1/service/client', detail },
    { address: 'node-1/service/user', detail },
  ])
  rmSync(broken)
  expect(outline(await engine.plan(later))).toEqual([
    'restart store: started-before-change, telling-unproved',
    'restart client: started-before-change',
    'restart user: started-before-change',
    'clear 250.003: alarm-resolved',
  ])
  await engine.apply(later)
  expect(readLog()).toEqual(['store', 'client', 'user'])
  expect(outline(await engine.plan(later))).toEqual([])
})
