import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resultExitCode, statusExitCode } from '../../src/cli/exit-code.ts'
import { type Host, HostError } from '../../src/model/host.ts'
import { matrix } from '../cases/holds/matrix.ts'
import { type ApplyOptions, type Engine, makeEngine, type Night, start } from '../support/engine.ts'

/** One authority whose key every host holds, a leaf that they share, with a copy, and one that each has for itself. */
const policy = `
defaults:
  private_key: { type: ECDSA, size: 256 }
  validity: 100d
  renew_before: 15d
authorities:
  ca:
    subject: { common_name: ca }
    held_by: all
    # Files are of today, whatever day it is here.
    rotation: { start: automatic, overdue: 5000d }
    path_length: 1
    certificate: { path: /pki/ca.crt }
    private_key: { path: /pki/ca.key }
    validity: 3650d
    renew_before: 365d
certificates:
  shared:
    authority: ca
    scope: shared
    subject: { common_name: shared }
    extended_key_usage: [clientAuth]
    certificate: { path: /pki/shared.crt }
    private_key: { path: /pki/shared.key }
    copies: [{ certificate: /copies/shared.crt, private_key: /copies/shared.key }]
  own:
    authority: ca
    subject: { common_name: own }
    extended_key_usage: [clientAuth]
    certificate: { path: /pki/own.crt }
    private_key: { path: /pki/own.key }
`

const hosts = ['node-1', 'node-2']
const later = (days: number) => new Date(Date.parse(start) + days * 86_400_000).toISOString()

/** What ails node-1, or the play. */
interface Trouble {
  readonly damage?: (engine: Engine) => void | Promise<void>
  readonly options?: ApplyOptions
}

const troubles = {
  nothing: {},
  unreachable: { options: { bend: only('node-1', (host) => ({ ...host, gather: refuse, lock: refuse })) } },
  busy: { options: { held: ['node-1'] } },
  'unreadable shared key': {
    damage: (engine) => {
      rmSync(join(engine.root('node-1'), 'pki/shared.key'))
      mkdirSync(join(engine.root('node-1'), 'pki/shared.key'))
    },
  },
  'read-only folder of copies': { options: { bend: only('node-1', readOnly('/copies')) } },
  'read-only folder of keys': { options: { bend: only('node-1', readOnly('/pki')) } },
  'lost CA key on node-1': {
    damage: (engine) => rmSync(join(engine.root('node-1'), 'pki/ca.key')),
  },
  'lost CA key everywhere': {
    damage: (engine) => hosts.forEach((host) => void rmSync(join(engine.root(host), 'pki/ca.key'))),
  },
  'guard on certificates': { damage: guard('certificates: 0') },
  'guard on authorities': { damage: guard('authorities: 0') },
  'guard on hosts': { damage: guard('hosts: 1') },
} satisfies Record<string, Trouble>

/** What is due. */
const situations = {
  'leaves due': 90,
  'leaves expired': 101,
  'authority and leaves due': 3300,
  'nothing due': 1,
} as const

async function meet(trouble: Trouble, days: number): Promise<Night> {
  const engine = await makeEngine(policy, hosts)
  await engine.apply()
  if (days > 3000) await engine.apply(later(days - 90))
  await trouble.damage?.(engine)
  return engine.night(later(days), trouble.options)
}

function guard(bound: string) {
  return (engine: Engine) =>
    engine.write('play.yml', `- { name: test, hosts: all, policy: policy.yml, guards: { ${bound} } }\n`)
}

function only(name: string, bend: (host: Host) => Host) {
  return (host: Host) => (host.name === name ? bend(host) : host)
}

async function refuse(): Promise<never> {
  throw new HostError('no route to host', true)
}

function readOnly(folder: string) {
  return (host: Host): Host => ({
    ...host,
    gather: async (request) => {
      const answer = await host.gather(request)
      const disks = answer.disks.map((disk) =>
        disk.folder.endsWith(folder) ? { ...disk, writable: false } : disk,
      )
      return { ...answer, disks }
    },
  })
}

/** `1:shared` for what is done of node-1's certificate shared. */
function short(address: string): string {
  const [host = '', , ...name] = address.split('/')
  return `${host.slice(-1)}:${name.join('/')}`
}

function tell({ plan, result, status }: Night) {
  const kinds = ['/certificate/', '/authority/']
  const isPair = ({ address }: { address: string }) => kinds.some((kind) => address.includes(kind))
  return {
    done: result.outcomes
      .filter((each) => isPair(each) && each.status === 'done')
      .map(({ address }) => short(address))
      .sort()
      .join(' '),
    waits: [...plan.waiting, ...plan.refused]
      .filter(isPair)
      .map(({ address }) => short(address))
      .sort()
      .join(' '),
    problems: [...new Set(plan.problems.map(({ address, code }) => `${short(address)} ${code}`))]
      .sort()
      .join(', '),
    exits: `${resultExitCode(result)}, then ${statusExitCode(status)}`,
    states: status.certificates
      .filter(({ state }) => state !== 'ok')
      .map(({ address, state }) => `${short(address)} ${state}`)
      .sort()
      .join(' '),
    alarms: result.alarms
      .map(({ id, entity }) => `${id} ${entity}`)
      .sort()
      .join(', '),
  }
}

/** One line a trouble and situation; a second look at the day after tells nothing else. */
const expected = matrix as Readonly<Record<string, ReturnType<typeof tell>>>

describe.each(Object.entries(troubles) as [string, Trouble][])('with %s', (name, trouble) => {
  it.each(Object.entries(situations))(
    'and %s, what is due and can be done is done, and the rest is told',
    async (situation, days) => {
      expect(tell(await meet(trouble, days))).toEqual(expected[`${name}, ${situation}`])
    },
  )
})
