import { describe, expect, it } from 'vitest'
import type { Actual, HostActual, ServiceFact } from '../../src/model/actual.ts'
import { numberBatches } from '../../src/plan/batches.ts'
import { base } from '../cases/load/base.ts'
import { loadFiles } from '../support/load.ts'

const hosts = ['node-1', 'node-2', 'node-3', 'node-4']
type Facts = Readonly<Record<string, Partial<ServiceFact>>>

async function loadFleet(serial: string, more = '') {
  const inventory = `web:\n  hosts:\n${hosts.map((host) => `    ${host}: { ansible_connection: local, certwright_root: ${host} }\n`).join('')}`
  const { desired, diagnostics } = await loadFiles({
    'inventory.yml': inventory,
    'play.yml': `${base['play.yml']}${serial}`,
    'policy.yml': base['policy.yml']
      .replace('uses: {', `leads: ["true"]\n${more}    uses: {`)
      .replace('held_by: first', 'held_by: all')
      .replace('default: none', 'default: systemd'),
  })
  expect(diagnostics).toEqual([])
  if (!desired) throw new Error('not loaded')
  return desired
}

/** Empty hosts, on which the service says this. */
function makeActual(facts: Facts): Actual {
  const observed = hosts.map((host): [string, HostActual] => [
    host,
    {
      kind: 'observed',
      host,
      clockAheadMs: 0,
      certificates: {},
      privateKeys: {},
      services: { web: { state: 'active', ...facts[host] } },
      sinks: {},
      disks: [],
      missingAccounts: [],
      interrupted: [],
    } as unknown as HostActual,
  ])
  return { hosts: Object.fromEntries(observed) }
}

async function batch(facts: Facts, serial: string, more = ''): Promise<string[][]> {
  const numbers = [...(numberBatches(await loadFleet(serial, more), makeActual(facts))[0] ?? [])]
  const count = Math.max(...numbers.map(([, number]) => number)) + 1
  return Array.from({ length: count }, (_, index) =>
    numbers.filter(([, number]) => number === index).map(([host]) => host),
  )
}

describe('the host whose service leads the others', () => {
  it.each<[string, Facts, string[]]>([
    ['is in the last batch', { 'node-1': { leads: true } }, ['node-2', 'node-3', 'node-4', 'node-1']],
    ['comes from the middle, too', { 'node-3': { leads: true } }, ['node-1', 'node-2', 'node-4', 'node-3']],
    ['stays where it is, if that is the end', { 'node-4': { leads: true } }, hosts],
    ['is nobody where all say no', Object.fromEntries(hosts.map((host) => [host, { leads: false }])), hosts],
    ['is nobody where nobody can tell', {}, hosts],
    [
      'is two, in their order, where two say so',
      { 'node-1': { leads: true }, 'node-3': { leads: true } },
      ['node-2', 'node-4', 'node-1', 'node-3'],
    ],
  ])('%s', async (_title, facts, order) => {
    expect(await batch(facts, '  serial: 2\n')).toEqual([order.slice(0, 2), order.slice(2)])
  })

  it('is the last of the only batch of its play, too', async () => {
    expect(await batch({ 'node-2': { leads: true } }, '')).toEqual([['node-1', 'node-3', 'node-4', 'node-2']])
  })

  it('comes last together with the one where a singleton runs', async () => {
    const inactive = { state: 'inactive' } as const
    const facts = {
      'node-1': {},
      'node-2': { ...inactive, leads: true },
      'node-3': inactive,
      'node-4': inactive,
    }
    expect((await batch(facts, '  serial: 1\n', '    singleton: true\n')).flat()).toEqual([
      'node-3',
      'node-4',
      'node-1',
      'node-2',
    ])
  })
})
