import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { resultExitCode } from '../../src/cli/exit-code.ts'
import { type Host, HostError } from '../../src/model/host.ts'
import { type ApplyOptions, type Engine, makeEngine, start } from '../support/engine.ts'

/** A sample of seed 1; INDEPENDENCE_RUNS=400 looks at nearly every trouble that there is. */
const runs = Number(process.env.INDEPENDENCE_RUNS ?? 25)

const hosts = ['node-1', 'node-2', 'node-3']
/** Two authorities, each with a leaf that all hosts share and one that each has for itself. */
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
`

type Ruin = 'gone' | 'rubbish' | 'empty' | 'directory' | 'link' | 'unreachable' | 'busy' | 'throws'

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
  ruin: fc.constantFrom('gone', 'rubbish', 'empty', 'directory', 'link', 'unreachable', 'busy', 'throws'),
})

const ofHosts: ReadonlySet<Ruin> = new Set(['unreachable', 'busy', 'throws'])

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
  rmSync(path)
  if (how === 'rubbish') writeFileSync(path, 'rubbish')
  if (how === 'empty') writeFileSync(path, '')
  if (how === 'directory') mkdirSync(path)
  if (how === 'link') symlinkSync('/nowhere/at/all', path)
  return {}
}

/** What is due and needs nothing of what is in trouble, as addresses. */
function independent({ host, name, ruin: how }: Trouble): string[] {
  const others = hosts.filter((each) => each !== host)
  // A shared leaf waits for a run that may be making it.
  const kinds = how === 'busy' ? ['own'] : ['own', 'shared']
  const elsewhere = others.flatMap((each) =>
    names.flatMap((authority) => kinds.map((kind) => `${each}/certificate/${authority}-${kind}`)),
  )
  if (ofHosts.has(how)) return elsewhere
  const other = names.filter((each) => each !== name)
  const beside = other.flatMap((each) =>
    ['own', 'shared'].map((kind) => `${host}/certificate/${each}-${kind}`),
  )
  return [...elsewhere, ...beside]
}

it('whatever is broken on one host or in one pair, all that is due and does not depend on it is renewed', async () => {
  const late = new Date(Date.parse(start) + 90 * 86_400_000).toISOString()
  await fc.assert(
    fc.asyncProperty(troubles, async (trouble) => {
      const engine = await makeEngine(policy, hosts)
      await engine.apply()
      const { result, status, plan } = await engine.night(late, ruin(engine, trouble))
      const done = result.outcomes.filter(({ status: each }) => each === 'done').map(({ address }) => address)
      expect(independent(trouble).filter((address) => !done.includes(address))).toEqual([])
      // Exit 0 is a claim: nothing is wrong, nothing waits, and nothing has to be told.
      if (resultExitCode(result) === 0) {
        expect(status.certificates.filter(({ state }) => state !== 'ok')).toEqual([])
        expect([...status.conditions, ...status.alarms, ...status.problems, ...plan.waiting]).toEqual([])
      }
      // And what is not 0 is told to somebody: in an alarm, or of a host that cannot be asked.
      else expect(result.alarms.length + result.unreachable.length + result.held.length).toBeGreaterThan(0)
    }),
    { numRuns: runs, seed: 1 },
  )
}, 3_600_000)
