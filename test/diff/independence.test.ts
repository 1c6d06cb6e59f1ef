import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { resultExitCode } from '../../src/cli/exit-code.ts'
import { type Host, HostError } from '../../src/model/host.ts'
import { type ApplyOptions, type Engine, makeEngine, start } from '../support/engine.ts'

/** A sample of seed 1; INDEPENDENCE_RUNS=400 looks at nearly every trouble that there is. */
const runs = Number(process.env.INDEPENDENCE_RUNS ?? 15)

const hosts = ['node-1', 'node-2', 'node-3']
/** Two authorities, each with a leaf that all hosts share and one that each has for itself, and a service for that. */
const names = ['red', 'blue'] as const

const policy = `
defaults:
  private_key: { type: ECDSA, size: 256 }
  validity: 100d
  renew_before: 15d
authorities:
${names
  .map(
    (name) => `  ${name}:
    subject: { common_name: ${name} }
    held_by: all
    path_length: 1
    validity: 3650d
    certificate: { path: /${name}/ca.crt }
    private_key: { path: /${name}/ca.key }
    copies: [{ certificate: /copies/${name}.crt, private_key: /copies/${name}.key }]`,
  )
  .join('\n')}
certificates:
${names
  .flatMap((name) =>
    ['shared', 'own'].map(
      (kind) => `  ${name}-${kind}:
    authority: ${name}
    scope: ${kind === 'own' ? 'per_host' : 'shared'}
    subject: { common_name: ${name}-${kind} }
    extended_key_usage: [clientAuth]
    certificate: { path: /${name}/${kind}.crt }
    private_key: { path: /${name}/${kind}.key }`,
    ),
  )
  .join('\n')}
services:
${names
  .map(
    (name) => `  ${name}:
    manager: command
    command:
      restart: [SERVER, restart, "{{ inventory_hostname }}", ${name}]
      is_active: [SERVER, is-active, "{{ inventory_hostname }}", ${name}]
    uses: { ${name}-own: restart }
    probe: { retries: 0, command: [SERVER, probe, "{{ inventory_hostname }}", ${name}] }`,
  )
  .join('\n')}
`

/** Reads its certificate when it starts, and is well while that is the one on disk. */
const server = `#!/bin/sh
cd "\${0%/*}"
is() { [ -e "$1-$host-$name" ]; }
act=$1 host=$2 name=$3
case $act in
  restart) is refuses && exit 1; is deaf || cp "hosts/$host/$name/own.crt" "loaded-$host-$name" ;;
  is-active) ! is stopped ;;
  probe) cmp -s "hosts/$host/$name/own.crt" "loaded-$host-$name" ;;
esac
`

const ofFiles = ['gone', 'rubbish', 'empty', 'directory', 'link'] as const
const ofHosts = ['unreachable', 'busy', 'throws'] as const
const ofServices = ['deaf', 'refuses', 'stopped'] as const
const ruins = [...ofFiles, ...ofHosts, ...ofServices]
type Ruin = (typeof ruins)[number]
const isOf = (kind: readonly Ruin[], how: Ruin) => kind.includes(how)

interface Trouble {
  readonly host: string
  /** Of which authority, with all that it signs; where the ruin is of a file. */
  readonly name: (typeof names)[number]
  readonly file: 'ca' | 'shared' | 'own'
  readonly half: 'crt' | 'key'
  readonly ruin: Ruin
}

const troubles: fc.Arbitrary<Trouble> = fc.record({
  host: fc.constantFrom(...hosts),
  name: fc.constantFrom(...names),
  file: fc.constantFrom('ca', 'shared', 'own'),
  half: fc.constantFrom('crt', 'key'),
  ruin: fc.constantFrom(...ruins),
})

function ruin(engine: Engine, { host, name, file, half, ruin: how }: Trouble): ApplyOptions {
  const path = join(engine.root(host), name, `${file}.${half}`)
  const bent = (gather: () => Promise<never>) => ({
    bend: (each: Host): Host => (each.name === host ? { ...each, gather } : each),
  })
  if (how === 'busy') return { held: [host] }
  if (how === 'unreachable')
    return bent(async () => {
      throw new HostError('no route to host', true)
    })
  if (how === 'throws')
    return bent(async () => {
      throw new RangeError('nobody knows')
    })
  if (isOf(ofServices, how)) {
    writeFileSync(join(engine.folder, `${how}-${host}-${name}`), '')
    return {}
  }
  rmSync(path)
  if (how === 'rubbish') writeFileSync(path, 'rubbish')
  if (how === 'empty') writeFileSync(path, '')
  if (how === 'directory') mkdirSync(path)
  if (how === 'link') symlinkSync('/nowhere/at/all', path)
  return {}
}

/** What is due and needs nothing of what is in trouble, as addresses. */
function independent({ host, name, ruin: how }: Trouble): string[] {
  // A shared leaf waits for a run that may be making it.
  const kinds = how === 'busy' ? ['own'] : ['own', 'shared']
  return hosts.flatMap((each) =>
    names.flatMap((authority) => {
      const certificates = kinds.map((kind) => `${each}/certificate/${authority}-${kind}`)
      const all = [...certificates, `${each}/service/${authority}`]
      if (isOf(ofHosts, how)) return each === host ? [] : all
      if (authority !== name) return all
      // Where a service fails, its like wait on other hosts, and its own files go back.
      if (isOf(ofServices, how) && how !== 'stopped')
        return each === host ? [`${each}/certificate/${authority}-shared`] : certificates
      return each === host ? [] : all
    }),
  )
}

async function makeSite(): Promise<Engine> {
  const engine = await makeEngine(policy, hosts)
  const path = join(engine.folder, 'server')
  writeFileSync(path, server, { mode: 0o755 })
  await engine.write('policy.yml', policy.replaceAll('SERVER', path))
  return engine
}

/** The services that run and do not use what is on disk. */
function findStale({ folder, root }: Engine): string[] {
  return hosts.flatMap((host) =>
    names.flatMap((name) => {
      if (existsSync(join(folder, `stopped-${host}-${name}`))) return []
      const loaded = readFileSync(join(folder, `loaded-${host}-${name}`))
      return loaded.equals(readFileSync(join(root(host), name, 'own.crt'))) ? [] : [`${host} ${name}`]
    }),
  )
}

it('whatever is broken on one host, in one pair or one service, all that is due and does not depend on it is renewed', async () => {
  const late = new Date(Date.parse(start) + 90 * 86_400_000).toISOString()
  await fc.assert(
    fc.asyncProperty(troubles, async (trouble) => {
      const engine = await makeSite()
      await engine.apply()
      const { result, status, plan } = await engine.night(late, ruin(engine, trouble))
      const done = result.outcomes.filter(({ status: each }) => each === 'done').map(({ address }) => address)
      expect(independent(trouble).filter((address) => !done.includes(address))).toEqual([])
      // Exit 0 is a claim: nothing is wrong, nothing waits, nothing is owed, and nothing has to be told.
      if (resultExitCode(result) === 0) {
        expect(status.certificates.filter(({ state }) => state !== 'ok')).toEqual([])
        expect([...status.conditions, ...status.alarms, ...status.problems, ...plan.waiting]).toEqual([])
        expect(status.services.filter(({ owed }) => owed.length > 0)).toEqual([])
        expect(findStale(engine)).toEqual([])
      }
      // And what is not 0 is told to somebody: in an alarm, or of a host that cannot be asked.
      else expect(result.alarms.length + result.unreachable.length + result.held.length).toBeGreaterThan(0)
    }),
    { numRuns: runs, seed: 1 },
  )
}, 3_600_000)
