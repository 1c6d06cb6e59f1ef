import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import type { Host } from '../../src/model/host.ts'
import { type ApplyOptions, type Engine, makeEngine, smallPolicy } from '../support/engine.ts'

const hosts = ['node-1', 'node-2', 'node-3']
const later = '2026-11-24T00:00:00Z'
const noOverlap: ApplyOptions = {
  rotate: { pairs: ['authority/ca'], wish: 'no-overlap' },
  allowed: { authorities: 1 },
}

/** Its key is held elsewhere; a leaf that all share is born on the first host, whose service leads. `work`: what a restart takes. */
async function makeCluster(work: string): Promise<Engine & { log: () => string[] }> {
  const restart = `echo begin {{ inventory_hostname }} >>LOG; ${work}; echo end {{ inventory_hostname }} >>LOG`
  const services = `services:
  web:
    manager: command
    command: { restart: [sh, -c, '${restart}'] }
    leads: [test, "{{ inventory_hostname }}", "=", node-1]
    uses: { leaf: restart, ca: restart }
`
  const engine = await makeEngine(smallPolicy('scope: shared', 'held_by: control', services), hosts)
  const log = join(engine.folder, 'log')
  const read = (path: string) => readFileSync(join(engine.folder, path), 'utf8')
  await engine.write('policy.yml', read('policy.yml').replaceAll('LOG', log))
  await engine.write('play.yml', read('play.yml').replace('hosts: all', "hosts: 'node-*'"))
  const control = '    control: { ansible_connection: local, certwright_root: hosts/control }\n'
  await engine.write('inventory.yml', read('inventory.yml') + control)
  mkdirSync(engine.root('control'), { recursive: true })
  writeFileSync(log, hosts.map((host) => `begin ${host}\n`).join(''))
  await engine.apply()
  writeFileSync(log, '')
  return { ...engine, log: () => readFileSync(log, 'utf8').trim().split('\n') }
}

it('whoever leads is told after the others', { timeout: 180_000 }, async () => {
  const engine = await makeCluster('true')
  const { plan, result } = await engine.night(later, noOverlap)
  expect(plan.batches).toMatchObject([
    { hosts: ['node-2', 'node-3', 'node-1'], atOnce: { leaders: ['node-1'] } },
  ])
  expect(result.outcomes.filter(({ status }) => status !== 'done')).toEqual([])
  expect(engine.log().slice(-2)).toEqual(['begin node-1', 'end node-1'])
})

it('whoever leads is told even where the others do not come back without it', {
  timeout: 180_000,
}, async () => {
  const engine = await makeCluster('until grep -q "begin node-1" LOG; do sleep 0.05; done')
  const { result } = await engine.night(later, noOverlap)
  expect(result.outcomes.filter(({ status }) => status !== 'done')).toEqual([])
  expect(engine.log().slice(2, 3)).toEqual(['begin node-1'])
})

it('files come to all members in the same moment, after whoever holds the key of the authority has them', {
  timeout: 180_000,
}, async () => {
  const engine = await makeCluster('true')
  const begun: string[] = []
  const bend = (host: Host): Host => ({
    ...host,
    install: async (transaction) => {
      begun.push(host.name)
      if (host.name !== 'control') await vi.waitFor(() => expect(begun).toHaveLength(4), 5000)
      return host.install(transaction)
    },
  })
  const { result } = await engine.night(later, { ...noOverlap, bend })
  expect(result.outcomes.filter(({ status }) => status !== 'done')).toEqual([])
  expect(begun[0]).toBe('control')
})
