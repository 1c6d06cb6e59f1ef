import { describe, expect, it } from 'vitest'
import type { DesiredPair, Placement } from '../../src/model/desired.ts'
import { base } from '../cases/load/base.ts'
import { authorityProfile, issue } from '../support/issue.ts'
import { loadFiles } from '../support/load.ts'

const two = base['inventory.yml'].replace(
  'node-1:',
  'node-2: { ansible_connection: local, certwright_root: other }\n    node-1:',
)

async function loadAuthority(
  rewrite: (policy: string) => string,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<DesiredPair> {
  const { desired, diagnostics } = await loadFiles({ 'policy.yml': rewrite(base['policy.yml']), ...files })
  expect(diagnostics).toEqual([])
  const [ca] = desired?.plays[0]?.pairs ?? []
  if (ca?.name !== 'ca') throw new Error('no authority')
  return ca
}

const say = (more: string) => (text: string) => text.replace('held_by: first', more)

const defaults = { method: 'auto', start: 'manual', distrust: 'restart', overdueSeconds: 7 * 86_400 }

describe('the rotation of an authority', () => {
  it.each<[string, string, object]>([
    ['is begun by hand and takes a week at most, where nothing is said of it', 'held_by: first', defaults],
    [
      'keeps its defaults for what is not said',
      'rotation: { start: automatic }',
      { ...defaults, start: 'automatic' },
    ],
    [
      'is what the policy says',
      'rotation: { method: bundle, start: automatic, distrust: next_restart, overdue: 36h }',
      { method: 'bundle', start: 'automatic', distrust: 'next_restart', overdueSeconds: 36 * 3600 },
    ],
    [
      'may be an expression',
      `rotation: { method: "{{ 'bri' + 'dge' }}", start: "{{ manager == 'none' ? 'automatic' : 'manual' }}", overdue: "{{ days }}d" }`,
      { ...defaults, method: 'bridge', start: 'automatic', overdueSeconds: 100 * 86_400 },
    ],
  ])('%s', async (_title, more, rotation) => {
    expect((await loadAuthority(say(more))).rotation).toEqual(rotation)
  })

  it('is known by the line where it is written', async () => {
    const text = say('rotation: { start: automatic }')(base['policy.yml'])
    const ca = await loadAuthority(() => text)
    expect(ca.fieldSources.rotation).toMatchObject({ file: 'policy.yml', line: lineOf(text, 'rotation:') })
  })

  it('belongs to no leaf, and to no authority that another one signs: neither has places for other generations', async () => {
    const files = { 'policy.yml': withIntermediate('') }
    const { desired, diagnostics } = await loadFiles(files)
    expect(diagnostics).toEqual([])
    const pairs = desired?.plays[0]?.pairs ?? []
    expect(pairs.map(({ name, rotation }) => [name, rotation !== undefined])).toEqual([
      ['ca', true],
      ['below', false],
      ['server', false],
    ])
    const withPlaces = pairs.filter(({ placements }) => placements.some(({ waiting }) => waiting))
    expect(withPlaces.map(({ name }) => name)).toEqual(['ca'])
  })
})

it('an authority that the user brings has a rotation, whoever signed it', async () => {
  const root = await issue(authorityProfile)
  const subject = [{ type: 'CN', value: 'below' }]
  const below = await issue({ ...authorityProfile, subject, notAfter: '2040-01-01T00:00:00Z' }, { by: root })
  const text = withIntermediate(
    '    supplied: { certificate: my.crt, private_key: my.key }\n    rotation: { start: automatic }\n',
  )
  const key = below.key.export({ type: 'pkcs8', format: 'pem' })
  const files = { 'policy.yml': text, 'my.crt': below.certificate.pem + root.certificate.pem, 'my.key': key }
  const { desired, diagnostics } = await loadFiles(files)
  expect(diagnostics).toEqual([])
  const pair = desired?.plays[0]?.pairs.find(({ name }) => name === 'below')
  expect(pair?.rotation).toEqual({ ...defaults, start: 'automatic' })
  expect(pair?.placements[0]?.waiting?.next.privateKey?.path).toBe('/pki/below.next.key')
})

const withIntermediate = (more: string) =>
  base['policy.yml'].replace(
    'certificates:\n',
    `  below:
    authority: ca
    subject: { common_name: below }
    key_usage: [keyCertSign, cRLSign]
    certificate: { path: /pki/below.crt }
    private_key: { path: /pki/below.key }
${more}certificates:\n`,
  )

describe('a rotation that is written wrongly', () => {
  it('is told where it is written: on an intermediate, which is simply issued anew', async () => {
    const text = withIntermediate('    rotation: { start: automatic }\n')
    const { desired, diagnostics } = await loadFiles({ 'policy.yml': text })
    expect(desired).toBeUndefined()
    expect(diagnostics).toMatchObject([
      {
        code: 'rotation-of-intermediate',
        severity: 'error',
        source: { file: 'policy.yml', line: lineOf(text, 'rotation:'), col: 15 },
      },
    ])
    expect(diagnostics[0]?.hint).toBeTruthy()
  })
})

/** host → paths of next and previous, certificate before key. */
const placesOf = ({ placements }: DesiredPair) =>
  placements.map(({ host, waiting }) => [host, paths(waiting)])
const paths = (waiting: Placement['waiting']) =>
  waiting &&
  [waiting.next, waiting.previous].flatMap(({ certificate, privateKey }) =>
    privateKey ? [certificate.path, privateKey.path] : [certificate.path],
  )

describe('the next and the previous generation of an authority', () => {
  const beside = ['/pki/ca.next.crt', '/pki/ca.next.key', '/pki/ca.previous.crt', '/pki/ca.previous.key']

  it.each([
    [
      'first',
      [
        ['node-2', beside],
        ['node-1', undefined],
      ],
    ],
    [
      'all',
      [
        ['node-2', beside],
        ['node-1', beside],
      ],
    ],
    [
      'control',
      [
        ['control', beside],
        ['node-2', undefined],
        ['node-1', undefined],
      ],
    ],
  ])('stand beside it wherever its key is (held_by: %s)', async (heldBy, places) => {
    const ca = await loadAuthority(say(`held_by: ${heldBy}`), { 'inventory.yml': two })
    expect(placesOf(ca)).toEqual(places)
  })

  it('stand on every host without a key, where a command signs and no file holds it', async () => {
    const { certificate } = await issue(authorityProfile)
    const ca = await loadAuthority(
      (text) =>
        say('supplied: { certificate: my.crt, signer: { command: [sign] } }')(text).replace(
          '    private_key: { path: /pki/ca.key }\n',
          '',
        ),
      { 'inventory.yml': two, 'my.crt': certificate.pem },
    )
    const both = ['/pki/ca.next.crt', '/pki/ca.previous.crt']
    expect(ca.rotation).toEqual(defaults)
    expect(placesOf(ca)).toEqual([
      ['node-2', both],
      ['node-1', both],
    ])
  })

  it.each([
    ['/pki/ca', '/pki/ca.next'],
    ['/pki/.ca', '/pki/.ca.next'],
    ['/pki/ca.v2/root', '/pki/ca.v2/root.next'],
    ['/pki/root.ca.pem', '/pki/root.ca.next.pem'],
    ['/ca.crt', '/ca.next.crt'],
  ])('of %s are called like it: %s', async (path, next) => {
    const ca = await loadAuthority((text) => text.replace('/pki/ca.crt', path))
    expect(ca.placements[0]?.waiting?.next.certificate.path).toBe(next)
  })

  it('belong to whom it belongs, and are files even where it is a link', async () => {
    const ca = await loadAuthority((text) =>
      say('install: generations')(text)
        .replace('/pki/ca.crt', '/pki/ca.crt, owner: etcd, mode: "0640"')
        .replace('/pki/ca.key', '/pki/ca.key, group: etcd'),
    )
    const [{ certificate, waiting } = {}] = ca.placements as [Placement]
    expect(certificate?.through).toBe('/pki/.ca.crt.certwright')
    const { path: _, through: __, ...like } = certificate ?? {}
    expect(like).toMatchObject({ owner: 'etcd', mode: 0o640 })
    for (const role of ['next', 'previous'] as const) {
      expect(waiting?.[role].certificate).toEqual({ path: `/pki/ca.${role}.crt`, ...like })
      expect(waiting?.[role].privateKey).toMatchObject({ group: 'etcd', mode: 0o600 })
      expect(waiting?.[role].privateKey).not.toHaveProperty('through')
    }
  })
})

describe('a place of another generation is claimed', () => {
  it.each([
    ['by the file of a certificate', '/pki/server.crt', '/pki/ca.next.crt', 'path: /pki/ca.next.crt, mode'],
    ['by the file of a key', '/pki/server.key', '/pki/ca.previous.key', 'path: /pki/ca.previous.key'],
  ])('%s: told there, with a hint', async (_title, find, write, at) => {
    const text = base['policy.yml'].replace(find, write)
    const { desired, diagnostics } = await loadFiles({ 'policy.yml': text })
    expect(desired).toBeUndefined()
    expect(diagnostics.map(({ code, source }) => [code, source?.file, source?.line])).toEqual([
      ['path-claimed-twice', 'policy.yml', lineOf(text, at)],
    ])
    expect(diagnostics[0]?.hint).toContain('beside it')
  })

  it('by that of another authority, and by its own copy', async () => {
    const text = base['policy.yml'].replace(
      'held_by: first\n',
      `copies: [{ certificate: /pki/ca.next.crt }]
  other:
    subject: { common_name: other-ca }
    certificate: { path: /pki/ca }
    private_key: { path: /pki/ca.next.key }
`,
    )
    const { diagnostics } = await loadFiles({ 'policy.yml': text })
    const told = diagnostics.map(({ code, source, message }) => [code, source?.line, message.split(' ')[0]])
    expect(told).toEqual([
      ['path-claimed-twice', lineOf(text, 'path: /pki/ca.crt'), '/pki/ca.next.crt'],
      ['path-claimed-twice', lineOf(text, 'path: /pki/ca.next.key'), '/pki/ca.next.key'],
    ])
  })

  it('by nobody where certificate and key are called alike but for their ending, or lack one', async () => {
    await loadAuthority((text) => text.replace('/pki/ca.key', '/pki/ca'))
  })
})

const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split('\n').length
