import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certwright, type Ran } from '../support/certwright.ts'
import { smallPolicy } from '../support/engine.ts'
import { makeHostileSsh, type Trick } from '../support/hostile-host.ts'

/**
 * `away`: it counts as not answering, and nothing is changed there. `problem`: a human has to look, the alarm stands.
 * `failed`: its work failed, the alarm stands; `cut`: the alarm cannot be told, as it is away by then. `harmless`: its
 * work is done all the same.
 */
type Fate = 'away' | 'problem' | 'failed' | 'cut' | 'harmless'

const garbage = 'ISEh'
const set = (word: string, field: number, value: string): Trick => ({ word, how: 'set', field, value })
const later = (trick: Trick): Trick => ({ ...trick, after: "generate '" })
const all = (word: string, fates: Partial<Record<Trick['how'], Fate>>): [Fate, Trick][] =>
  Object.entries(fates).map(([how, fate]) => [fate, { word, how: how as Trick['how'] }])

/** A host that has a key of its own already is one whose name says so. */
const cases: readonly (readonly [Fate, Trick, 'with-key'?])[] = [
  ...all('clock', { missing: 'away', nonce: 'away', words: 'away', twice: 'harmless', oversized: 'away' }),
  ...all('clock', { endless: 'away', 'no-newline': 'away', shouts: 'harmless' }),
  ['away', set('clock', 2, '9'.repeat(20))],
  ['away', set('clock', 2, '-5')],
  ...all('certificate', { missing: 'away', words: 'away', twice: 'harmless', oversized: 'away' }),
  ['problem', set('certificate', 3, '!!!')],
  ...all('key', { missing: 'away', words: 'away', endless: 'away' }),
  ['problem', set('key', 15, garbage), 'with-key'],
  ['away', set('key', 5, 'rwx'), 'with-key'],
  ['away', set('key', 9, '-1'), 'with-key'],
  ['away', set('key', 10, 'now'), 'with-key'],
  ['problem', set('key', 10, '9000000000000.000'), 'with-key'],
  ...all('text', { missing: 'away', words: 'away' }),
  ...all('disk', { missing: 'harmless', words: 'away' }),
  ...all('run', { missing: 'away', words: 'away' }),
  ['away', set('run', 3, '!!!')],
  ...all('end', { twice: 'away' }),
  ...all('locked', { missing: 'failed', twice: 'harmless' }),
  ...all('public', { missing: 'failed', oversized: 'cut', endless: 'cut' }),
  ['failed', set('public', 2, garbage)],
  ...all('signature', { missing: 'failed', words: 'failed' }),
  ['failed', set('signature', 2, garbage)],
  ...all('done', { missing: 'failed', twice: 'harmless' }),
  ...all('here', { missing: 'away', words: 'away' }),
  ...all('way', { missing: 'failed', words: 'failed', endless: 'cut' }),
  ...all('seen', { missing: 'failed', words: 'failed', oversized: 'cut' }),
  ...all('written', { missing: 'failed' }),
  ['cut', later({ word: 'clock', how: 'missing' })],
  ['cut', later(set('clock', 2, '9'.repeat(20)))],
  ['cut', later({ word: 'text', how: 'endless' })],
]

const hosts = cases.map(([fate, trick, withKey], index) => ({
  name: `h${index}`,
  fate,
  trick,
  withKey: withKey !== undefined,
  what: [trick.word, trick.how, trick.field ?? '', trick.value?.slice(0, 12) ?? '', trick.after ?? ''].join(
    ' ',
  ),
}))

const policy = smallPolicy(
  '',
  '',
  `services:
  web:
    manager: command
    command: { restart: ["true"], is_active: ["true"] }
    uses: { leaf: restart }
`,
)

interface Applied {
  readonly outcomes: readonly { host: string; address: string; status: string; detail: string }[]
  readonly alarms: readonly { entity: string; reason: string; repair: string }[]
  readonly unreachable: readonly string[]
  readonly undeliverable: readonly { host: string; detail: string }[]
}

let folder: string
let ran: Ran
let result: Applied

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'certwright-hostile-'))
  const env = makeHostileSsh(folder, Object.fromEntries(hosts.map(({ name, trick }) => [name, trick])))
  writeFileSync(join(folder, 'policy.yml'), policy)
  writeFileSync(join(folder, 'play.yml'), '- { hosts: all, policy: policy.yml, max_fail_percentage: 100 }\n')
  const lines = hosts.map(
    ({ name }) => `    ${name}: { ansible_host: ${name}, certwright_root: ${folder}/${name} }`,
  )
  const healthy = `    good: { ansible_connection: local, certwright_root: ${folder}/good }`
  writeFileSync(join(folder, 'inventory.yml'), `all:\n  hosts:\n${[healthy, ...lines].join('\n')}\n`)
  writeFileSync(join(folder, 'before.yml'), `all:\n  hosts:\n${healthy}\n`)
  for (const { name, withKey } of [...hosts, { name: 'good', withKey: false }]) {
    mkdirSync(join(folder, name, 'pki'), { recursive: true })
    if (!withKey) continue
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
    writeFileSync(join(folder, name, 'pki/leaf.key'), pem, { mode: 0o600 })
  }
  const apply = (...args: string[]) =>
    certwright(['apply', 'play.yml', '-i', 'inventory.yml', '--auto-approve', ...args], {
      cwd: folder,
      env: { ...env, CERTWRIGHT_STATE_DIR: join(folder, 'state') },
    })
  // An authority that any host may have a trace of is not made anew without a word: it is there from before.
  const first = await certwright(['apply', 'play.yml', '-i', 'before.yml', '--auto-approve'], { cwd: folder })
  expect(first.code, first.stderr).toBe(0)
  rmSync(join(folder, 'good/pki/leaf.crt'))
  ran = await apply('--format', 'json', '--forks', '12')
  result = JSON.parse(ran.stdout)
}, 900_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('beside hosts that answer anything', () => {
  it('a healthy host gets all of its work done in the same run', () => {
    const own = result.outcomes.filter(({ host }) => host === 'good')
    const told = JSON.stringify(
      result.alarms.filter(({ entity }) => entity === 'host=good.service=certwright'),
    )
    expect(own.length, told).toBeGreaterThan(0)
    expect(own.map(({ status }) => status)).toEqual(own.map(() => 'done'))
    const [certificate, authority] = ['leaf.crt', 'ca.crt'].map((name) => join(folder, 'good/pki', name))
    execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', `${authority}`, `${certificate}`])
  })

  it('the run ends with what the worst of them came to, and not with a bug', () => {
    expect(ran.code, ran.stderr).toBe(7)
    expect(ran.stderr).not.toContain('internal error')
    expect(JSON.stringify(result)).not.toContain('unexpected')
  })

  it.each(hosts)('$what: $fate', ({ name, fate }) => {
    const own = result.outcomes.filter(({ host }) => host === name)
    const found = own.map(({ address, status, detail }) => `${address} ${status} ${detail}`).join('\n')
    const statuses = new Set(
      own.filter(({ address }) => !address.includes('/alarm/')).map(({ status }) => status),
    )
    const alarm = result.alarms.filter(({ entity }) => entity === `host=${name}.service=certwright`)
    const installed = existsSync(join(folder, name, 'pki/leaf.crt'))
    const away = result.unreachable.includes(name)
    if (fate === 'harmless') {
      expect([...statuses], found).toEqual(['done'])
      expect(installed && !away).toBe(true)
    } else if (fate === 'away') {
      expect(own, found).toEqual([])
      expect(away && !installed).toBe(true)
    } else if (fate === 'problem') {
      expect(
        own.filter(({ address }) => address.endsWith('/leaf')),
        found,
      ).toEqual([])
      expect(statuses, found).not.toContain('failed')
      expect(alarm).toHaveLength(1)
      expect(installed).toBe(false)
    } else {
      expect(statuses, found).toContain('failed')
      if (fate === 'failed') expect(alarm, found).toHaveLength(1)
      else expect(result.undeliverable.map(({ host }) => host)).toContain(name)
    }
  })
})
