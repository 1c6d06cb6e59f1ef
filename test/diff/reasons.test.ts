import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodePrivateKey, generatePrivateKey } from '../../src/x509/keys.ts'
import { text } from '../support/der.ts'
import { distinct } from '../support/distinct.ts'
import { type Engine, makeEngine, outline, smallPolicy, start } from '../support/engine.ts'
import {
  authorityKeyId,
  basicConstraints,
  clientAuth,
  commonName,
  dns,
  extendedKeyUsage,
  extension,
  type HandMade,
  handMade,
  keyUsage,
  nameConstraints,
  serverAuth,
  subjectAltName,
  subjectKeyId,
} from '../support/hand-made.ts'
import { authorityProfile, issue, leafProfile } from '../support/issue.ts'

const day = 86_400_000
const later = (ms: number) => new Date(Date.parse(start) + ms).toISOString()

async function applied(leaf = '', authority = '', rest = ''): Promise<Engine> {
  const engine = await makeEngine(smallPolicy(leaf, authority, rest))
  const { outcomes } = await engine.apply()
  expect(distinct(outcomes.map(({ status }) => status))).toEqual(['done'])
  return engine
}

/** Installs a foreign pair where the leaf belongs. */
function replaceLeaf(engine: Engine, pem: string, key: Uint8Array): void {
  writeFileSync(join(engine.root(), 'pki/leaf.crt'), pem)
  writeFileSync(join(engine.root(), 'pki/leaf.key'), key)
}

async function leafFromOurAuthority(engine: Engine, change: Partial<typeof leafProfile>) {
  const { parsePrivateKey } = await import('../../src/x509/keys.ts')
  const { parseCertificates } = await import('../../src/x509/parse.ts')
  const key = parsePrivateKey(engine.read('pki/ca.key'))
  const parsed = parseCertificates(engine.read('pki/ca.crt'))
  if (key.kind !== 'private-key' || parsed.kind !== 'certificates') throw new Error('no authority')
  const by = { certificate: parsed.certificates[0], key: key.key, profile: authorityProfile }
  const profile = {
    ...leafProfile,
    notBefore: parsed.certificates[0].notBefore,
    notAfter: '2027-03-01T00:00:00Z',
    ...change,
  }
  return issue(profile, { by })
}

describe('what is there and in order', () => {
  it('is left alone, and a second plan is empty', async () => {
    const engine = await applied()
    expect(outline(await engine.plan())).toEqual([])
    expect((await engine.plan()).tasks).toEqual([])
  })

  it('is renewed from the very second on, and not a second before', async () => {
    const engine = await applied()
    const due = 85 * day
    expect(outline(await engine.plan(later(due - 1000)))).toEqual([])
    expect(outline(await engine.plan(later(due)))).toEqual(['renew leaf: expires-soon'])
    expect(outline(await engine.plan(later(100 * day)))).toEqual(['renew leaf: expires-soon'])
    expect(outline(await engine.plan(later(100 * day + 1000)))).toContain('renew leaf: expired')
  })

  it('was made otherwise than the policy says, and only its lifetime differs: it waits, and says so', async () => {
    const engine = await applied()
    await engine.write('policy.yml', smallPolicy().replace('validity: 100d', 'validity: 200d'))
    const plan = await engine.plan()
    expect(outline(plan)).toEqual([])
    const leaf = plan.unchanged.find(({ name }) => name === 'leaf')
    expect(leaf?.notes).toEqual(['lifetime 100 days, wanted 200 days: at the next renewal, 2027-02-16'])
  })

  it('is adopted with differences that the policy tolerates', async () => {
    const engine = await applied('ignore_differences: [key_usage, subject_alt_name]')
    const other = await leafFromOurAuthority(engine, {
      keyUsage: ['keyEncipherment'],
      subjectAltName: ['DNS:other'],
    })
    replaceLeaf(engine, other.certificate.pem, encodePrivateKey(other.key))
    chmodSync(join(engine.root(), 'pki/leaf.key'), 0o600)
    const plan = await engine.plan()
    expect(outline(plan)).toEqual([])
    expect(plan.unchanged.find(({ name }) => name === 'leaf')?.notes).toEqual([
      expect.stringContaining('tolerated: san-differs'),
      expect.stringContaining('tolerated: key-usage-differs'),
      expect.stringContaining('lifetime'),
    ])
  })
})

describe('a leaf is issued anew when', () => {
  it.each<[string, (engine: Engine) => void, string]>([
    [
      'its certificate is gone',
      (engine) => rmSync(join(engine.root(), 'pki/leaf.crt')),
      'create leaf: missing',
    ],
    ['its key is gone', (engine) => rmSync(join(engine.root(), 'pki/leaf.key')), 'replace leaf: missing'],
    [
      'its certificate is something else',
      (engine) => writeFileSync(join(engine.root(), 'pki/leaf.crt'), 'hello'),
      'replace leaf: not-a-certificate',
    ],
    [
      'its certificate is empty',
      (engine) => writeFileSync(join(engine.root(), 'pki/leaf.crt'), ''),
      'replace leaf: not-a-certificate',
    ],
    [
      'its key is another one',
      (engine) => copyFileSync(join(engine.root(), 'pki/ca.key'), join(engine.root(), 'pki/leaf.key')),
      'replace leaf: key-mismatch',
    ],
  ])('%s', async (_when, damage, expected) => {
    const engine = await applied()
    damage(engine)
    expect(outline(await engine.plan())).toEqual([expected])
    await engine.apply()
    expect(outline(await engine.plan())).toEqual([])
  })

  it.each<[string, Partial<typeof leafProfile>, string]>([
    ['its subject differs', { subject: [{ type: 'CN', value: 'other' }] }, 'subject-differs'],
    ['a name is lacking', { subjectAltName: ['IP:127.0.0.1'] }, 'san-differs'],
    [
      'it has a name too many',
      { subjectAltName: ['DNS:leaf.example', 'DNS:more.example', 'IP:127.0.0.1'] },
      'san-differs',
    ],
    ['its key usage differs', { keyUsage: ['digitalSignature', 'keyEncipherment'] }, 'key-usage-differs'],
    ['its extended key usage differs', { extendedKeyUsage: ['serverAuth'] }, 'extended-key-usage-differs'],
    ['it is a CA', { basicConstraints: { ca: true } }, 'basic-constraints-differs'],
    ['it outlives its authority', { notAfter: '2046-01-01T00:00:00Z' }, 'outlives-authority'],
    ['it is not valid yet', { notBefore: '2026-11-24T00:00:00Z' }, 'not-yet-valid'],
  ])('%s', async (_when, change, code) => {
    const engine = await applied()
    const other = await leafFromOurAuthority(engine, change)
    replaceLeaf(engine, other.certificate.pem, encodePrivateKey(other.key))
    chmodSync(join(engine.root(), 'pki/leaf.key'), 0o600)
    expect(outline(await engine.plan())).toEqual([`replace leaf: ${code}`])
  })

  it('names stand in another order or case: it is not', async () => {
    const engine = await applied()
    const other = await leafFromOurAuthority(engine, {
      subjectAltName: ['IP:127.0.0.1', 'DNS:LEAF.example'],
      subject: [{ type: 'CN', value: 'LEAF' }],
    })
    replaceLeaf(engine, other.certificate.pem, encodePrivateKey(other.key))
    chmodSync(join(engine.root(), 'pki/leaf.key'), 0o600)
    expect(outline(await engine.plan())).toEqual([])
  })

  it.each([
    ['another type', { type: 'RSA' as const, size: 2048 }, 'key-type-differs'],
    ['another size', { type: 'ECDSA' as const, size: 384 }, 'key-size-differs'],
  ])('its key has %s', async (_what, spec, code) => {
    const engine = await applied()
    const key = await generatePrivateKey(spec)
    const { parseCertificates } = await import('../../src/x509/parse.ts')
    const { parsePrivateKey } = await import('../../src/x509/keys.ts')
    const ca = parsePrivateKey(engine.read('pki/ca.key'))
    const parsed = parseCertificates(engine.read('pki/ca.crt'))
    if (ca.kind !== 'private-key' || parsed.kind !== 'certificates') throw new Error('no authority')
    const by = { certificate: parsed.certificates[0], key: ca.key, profile: authorityProfile }
    const dates = { notBefore: parsed.certificates[0].notBefore, notAfter: '2027-03-01T00:00:00Z' }
    const other = await issue({ ...leafProfile, ...dates }, { by, key })
    replaceLeaf(engine, other.certificate.pem, encodePrivateKey(other.key))
    chmodSync(join(engine.root(), 'pki/leaf.key'), 0o600)
    expect(outline(await engine.plan())).toEqual([`replace leaf: ${code}`])
  })

  it('another authority of the same name signed it', async () => {
    const engine = await applied()
    const impostor = await issue({ ...authorityProfile, notBefore: '2026-11-01T00:00:00Z' })
    const other = await issue({ ...leafProfile, notAfter: '2027-03-01T00:00:00Z' }, { by: impostor })
    replaceLeaf(engine, other.certificate.pem, encodePrivateKey(other.key))
    chmodSync(join(engine.root(), 'pki/leaf.key'), 0o600)
    const plan = await engine.plan()
    expect(outline(plan)).toEqual(['replace leaf: issuer-differs'])
    expect(plan.changes[0]?.reasons[0]?.message).toContain('another generation')
  })

  it('it is signed with SHA-1', async () => {
    const engine = await applied()
    const root = engine.root()
    const script = `
      openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout pki/leaf.key -subj /CN=leaf -out leaf.csr
      printf 'subjectAltName=DNS:leaf.example,IP:127.0.0.1\\nkeyUsage=critical,digitalSignature\\nextendedKeyUsage=serverAuth,clientAuth\\nbasicConstraints=critical,CA:FALSE\\nsubjectKeyIdentifier=hash\\nauthorityKeyIdentifier=keyid\\n' >ext
      openssl x509 -req -in leaf.csr -CA pki/ca.crt -CAkey pki/ca.key -CAcreateserial -sha1 -days 30 -extfile ext -out pki/leaf.crt`
    execFileSync('sh', ['-ec', script], { cwd: root, stdio: 'ignore' })
    chmodSync(join(root, 'pki/leaf.key'), 0o600)
    const plan = await engine.plan(new Date(Date.now() + 60_000).toISOString())
    expect(outline(plan).join()).toContain('signature-weak')
  })

  it('several things are wrong at once: all are told', async () => {
    const engine = await applied()
    const other = await leafFromOurAuthority(engine, { subject: [], keyUsage: [], subjectAltName: ['DNS:x'] })
    writeFileSync(join(engine.root(), 'pki/leaf.crt'), other.certificate.pem)
    chmodSync(join(engine.root(), 'pki/leaf.key'), 0o640)
    expect(outline(await engine.plan())).toEqual([
      'replace leaf: key-mismatch, subject-differs, san-differs, key-usage-differs, mode-differs',
    ])
  })
})

describe('an authority', () => {
  /** Why it needs a successor, where that is all that is said of it. */
  const findNeed = async (engine: Engine, at = start) => {
    const plan = await engine.plan(at)
    expect(plan.rotations).toMatchObject([{ authority: 'ca', phase: 'prepare', advances: false }])
    expect(plan.changes.filter(({ kind }) => kind !== 'alarm')).toEqual([])
    return plan.unchanged.find(({ name }) => name === 'ca')?.notes.join() ?? ''
  }

  it('that is trusted by itself stays, though its key is lost: it needs a successor', async () => {
    const engine = await applied()
    rmSync(join(engine.root(), 'pki/ca.key'))
    expect(await findNeed(engine)).toContain('ca.key does not exist')
  })

  it('that has expired is not exchanged unasked', async () => {
    const engine = await applied()
    const { problems } = await engine.plan(later(3650 * day + 1000))
    expect(problems[0]).toMatchObject({
      code: 'rotation-refused',
      hint: expect.stringContaining('--no-overlap'),
    })
  })

  it('that expires soon needs a successor', async () => {
    const engine = await applied()
    await engine.apply(later(3220 * day))
    expect(await findNeed(engine, later(3286 * day))).toContain('expires')
  })

  it('that does not fit its key needs a successor; what is no CA is one no longer, and is made anew', async () => {
    const engine = await applied()
    copyFileSync(join(engine.root(), 'pki/leaf.key'), join(engine.root(), 'pki/ca.key'))
    expect(await findNeed(engine)).toContain('needs a successor')
    copyFileSync(join(engine.root(), 'pki/leaf.crt'), join(engine.root(), 'pki/ca.crt'))
    const [first] = outline(await engine.plan(start, undefined, { authorities: 1 }))
    expect(first).toContain('not-an-authority')
  })

  it('from the future is left alone, with all that it would sign: the clock is wrong', async () => {
    const engine = await applied()
    const plan = await engine.plan(later(-2 * day))
    expect(plan.problems).toMatchObject([
      { code: 'authority-not-yet-valid', path: '/pki/ca.crt' },
      { code: 'depends-on-blocked', address: 'node-1/certificate/leaf' },
    ])
    expect(distinct(plan.changes.map(({ kind }) => kind))).toEqual(['alarm'])
  })

  it('bounds its leaves: one that lives as long as it can is not issued again day after day', async () => {
    const engine = await makeEngine(smallPolicy().replace('renew_before: 365d', 'renew_before: 5d'))
    await engine.apply()
    const late = later(3600 * day)
    expect(outline(await engine.plan(late))).toContain('renew leaf: expired')
    await engine.apply(late)
    expect(outline(await engine.plan(late))).toEqual([])
    const next = later(3640 * day)
    const plan = await engine.plan(next)
    expect(plan.changes.filter(({ kind }) => kind !== 'alarm')).toEqual([])
    expect(plan.unchanged.find(({ name }) => name === 'leaf')?.notes.join()).toContain(
      'renewing it alone would gain nothing',
    )
  })
})

describe('the mode of a file', () => {
  const said = '    certificate: { path: /pki/leaf.crt, mode: "0644" }'
  const policies = {
    'a built-in default': smallPolicy(),
    'a default of the policy': smallPolicy().replace(
      '\nauthorities',
      '\n  certificate: { mode: "0644" }\nauthorities',
    ),
    'said for it': smallPolicy().replace('    certificate: { path: /pki/leaf.crt }', said),
  }
  it.each<[keyof typeof policies, string, string]>([
    ['a built-in default', '0644', '0644'],
    ['a built-in default', '0640', '0640'],
    ['a built-in default', '0600', '0600'],
    ['a built-in default', '0664', '0644'],
    ['a built-in default', '0620', '0600'],
    ['a default of the policy', '0600', '0600'],
    ['a default of the policy', '0666', '0644'],
    ['said for it', '0644', '0644'],
    ['said for it', '0600', '0644'],
    ['said for it', '0664', '0644'],
  ])('where 0644 is %s, %s comes to %s', async (which, found, wanted) => {
    const engine = await makeEngine(policies[which])
    await engine.apply()
    chmodSync(join(engine.root(), 'pki/leaf.crt'), Number.parseInt(found, 8))
    const { changes } = await engine.plan()
    expect(changes.flatMap(({ reasons }) => reasons)).toMatchObject(
      found === wanted
        ? []
        : [{ code: 'mode-differs', message: `/pki/leaf.crt has mode ${found}, wanted ${wanted}` }],
    )
    await engine.apply()
    expect(statSync(join(engine.root(), 'pki/leaf.crt')).mode & 0o7777).toBe(Number.parseInt(wanted, 8))
  })
})

describe('files are repaired without a new certificate when', () => {
  it.each<[string, (engine: Engine) => void, string]>([
    [
      'a mode is too wide',
      (engine) => chmodSync(join(engine.root(), 'pki/leaf.key'), 0o644),
      'update leaf: mode-differs',
    ],
    [
      'a copy of the key is gone',
      (engine) => rmSync(join(engine.root(), 'copy/leaf.key')),
      'update leaf: missing',
    ],
    [
      'a copy is another certificate',
      (engine) => copyFileSync(join(engine.root(), 'pki/ca.crt'), join(engine.root(), 'copy/leaf.crt')),
      'update leaf: copy-differs',
    ],
    [
      'a copy is no certificate',
      (engine) => writeFileSync(join(engine.root(), 'copy/leaf.crt'), 'x'),
      'update leaf: copy-differs',
    ],
    [
      'something follows the certificate',
      (engine) =>
        writeFileSync(
          join(engine.root(), 'pki/leaf.crt'),
          Buffer.concat([engine.read('pki/leaf.crt'), engine.read('pki/ca.crt')]),
        ),
      'update leaf: chain-differs',
    ],
  ])('%s', async (_when, damage, expected) => {
    const engine = await applied('copies: [{ certificate: /copy/leaf.crt, private_key: /copy/leaf.key }]')
    const before = engine.read('pki/leaf.key')
    damage(engine)
    expect(outline(await engine.plan())).toEqual([expected])
    const { outcomes } = await engine.apply()
    expect(outcomes).toMatchObject([{ action: 'update', status: 'done' }])
    expect(engine.read('pki/leaf.key')).toEqual(before)
    expect(engine.read('copy/leaf.key')).toEqual(before)
    expect(engine.read('copy/leaf.crt')).toEqual(engine.read('pki/leaf.crt'))
    expect(outline(await engine.plan())).toEqual([])
  })
})

describe('a host is left alone, and told what to do, when', () => {
  const spoil = (path: string, make: (location: string) => void) => (engine: Engine) => {
    rmSync(join(engine.root(), path))
    make(join(engine.root(), path))
  }
  it.each<[string, (engine: Engine) => void, string]>([
    [
      'a directory stands where a key belongs',
      spoil('pki/leaf.key', (path) => mkdirSync(path)),
      '/pki/leaf.key is a directory',
    ],
    [
      'a FIFO stands where a certificate belongs',
      spoil('pki/leaf.crt', (path) => execFileSync('mkfifo', [path])),
      '/pki/leaf.crt is a FIFO',
    ],
    [
      'a link stands where a key belongs',
      spoil('pki/leaf.key', (path) => symlinkSync('ca.key', path)),
      '/pki/leaf.key is a symbolic link',
    ],
    [
      'a file is above 1 MiB',
      spoil('pki/leaf.crt', (path) => writeFileSync(path, Buffer.alloc(1024 * 1024 + 1))),
      '/pki/leaf.crt is 1048577 bytes large',
    ],
    [
      'a key cannot be understood',
      spoil('pki/leaf.key', (path) => writeFileSync(path, 'no key')),
      '/pki/leaf.key holds no PEM private key',
    ],
    [
      'a folder on the way leads out of the root',
      (engine) => {
        rmSync(join(engine.root(), 'pki'), { recursive: true })
        symlinkSync('/tmp', join(engine.root(), 'pki'))
      },
      'is reached through a link out of certwright_root',
    ],
  ])('%s', async (_when, damage, message) => {
    const engine = await applied()
    damage(engine)
    const plan = await engine.plan()
    expect(plan.problems.length).toBeGreaterThan(0)
    expect(plan.problems[0]).toMatchObject({ host: 'node-1', code: 'unreadable' })
    expect(plan.problems[0]?.message).toContain(message)
    expect(plan.problems[0]?.hint).not.toBe('')
    expect(plan.tasks.map(({ kind }) => kind)).toEqual(['alarms'])
    const result = await engine.apply()
    expect(result.needsHuman).toBe(true)
    expect(result.alarms).toMatchObject([
      { id: '250.003', reason: 'Certificates of this host could not be renewed or brought into order.' },
    ])
  })

  it('the key of the authority is encrypted and its passphrase is not known', async () => {
    process.env.CERTWRIGHT_TEST_PASSPHRASE = 'open sesame'
    const engine = await makeEngine(
      smallPolicy().replace('/pki/ca.key }', '/pki/ca.key, passphrase: "env:CERTWRIGHT_TEST_PASSPHRASE" }'),
    )
    await engine.apply()
    expect(engine.read('pki/ca.key').toString()).toContain('ENCRYPTED')
    expect(outline(await engine.plan())).toEqual([])
    rmSync(join(engine.root(), 'pki/leaf.crt'))
    delete process.env.CERTWRIGHT_TEST_PASSPHRASE
    const plan = await engine.plan()
    expect(plan.problems).toMatchObject([
      { code: 'unreadable', path: '/pki/ca.key', hint: expect.stringContaining('passphrase') },
      {
        code: 'depends-on-blocked',
        message: 'leaf is needed anew (/pki/leaf.crt does not exist): whether node-1 has ca cannot be told',
      },
    ])
    process.env.CERTWRIGHT_TEST_PASSPHRASE = 'open sesame'
    expect((await engine.apply()).outcomes).toMatchObject([{ action: 'create', status: 'done' }])
    expect(readFileSync(join(engine.root(), 'pki/leaf.crt')).length).toBeGreaterThan(0)
  })

  it.each([
    ['hard-linked', (root: string) => linkSync(join(root, 'pki/leaf.crt'), join(root, 'elsewhere.crt'))],
    [
      'access-list',
      (root: string) => execFileSync('setfacl', ['-m', 'u:nobody:r', join(root, 'pki/leaf.crt')]),
    ],
    ['exposed-folder', (root: string) => chmodSync(join(root, 'pki'), 0o777)],
  ])('%s, where it would be replaced; until then it is nobody’s concern', async (code, meddle) => {
    const engine = await makeEngine(smallPolicy())
    await engine.apply()
    meddle(engine.root())
    expect((await engine.plan()).problems).toEqual([])
    const [problem] = (await engine.plan(later(90 * day))).problems
    expect(problem).toMatchObject({ code, hint: expect.stringMatching(/./) })
  })
})

/** The authority of the small policy, made by hand: certwright makes none like these. */
function replaceAuthority(engine: Engine, extensions: readonly Buffer[]): HandMade {
  const made = handMade({ subject: commonName('test-ca'), extensions })
  writeFileSync(join(engine.root(), 'pki/ca.crt'), made.pem)
  writeFileSync(join(engine.root(), 'pki/ca.key'), encodePrivateKey(made.key), { mode: 0o600 })
  return made
}

describe('what peers would refuse', () => {
  const authority = [basicConstraints(true, 1), keyUsage(true), subjectKeyId('root-id')]

  it.each<[string, readonly Buffer[], string]>([
    [
      'does not permit its names',
      [...authority, nameConstraints([dns('other.example')], [])],
      'does not permit DNS:leaf.example',
    ],
    ['is for clients only', [...authority, extendedKeyUsage(clientAuth)], 'is not for serverAuth'],
  ])(
    'is not issued below an authority that %s: the host is left alone',
    async (_what, extensions, message) => {
      const ignored = 'ignore_differences: [extended_key_usage]'
      const engine = await applied('', ignored)
      replaceAuthority(engine, extensions)
      const plan = await engine.plan()
      expect(plan.problems).toContainEqual(
        expect.objectContaining({ code: 'refused-by-authority', message: expect.stringContaining(message) }),
      )
      expect(plan.changes.filter(({ kind }) => kind !== 'alarm')).toEqual([])
    },
  )

  it.each<[string, readonly Buffer[], string]>([
    [
      'a critical extension that nobody knows',
      [...authority, extension('1.2.3.4', Buffer.alloc(0), true)],
      '1.2.3.4',
    ],
    [
      'basicConstraints that are not critical',
      [basicConstraints(true, 1, false), keyUsage(true), subjectKeyId('a')],
      'not critical',
    ],
  ])('is not adopted as an authority with %s', async (_what, extensions, message) => {
    const engine = await applied()
    replaceAuthority(engine, extensions)
    const plan = await engine.plan()
    expect(plan.rotations).toMatchObject([{ authority: 'ca', phase: 'prepare' }])
    expect(plan.unchanged.find(({ name }) => name === 'ca')?.notes.join()).toContain(message)
  })

  it('is not called in order because it fits the policy', async () => {
    const engine = await applied('ignore_differences: [subject_alt_name]')
    const by = replaceAuthority(engine, [
      ...authority,
      nameConstraints([dns('leaf.example'), text(0x87, '\x7f\0\0\x01\xff\xff\xff\xff')], []),
    ])
    const names = [dns('elsewhere.example')]
    const leaf = handMade(
      {
        extensions: [
          basicConstraints(false),
          keyUsage(false),
          extendedKeyUsage(serverAuth, clientAuth),
          subjectAltName(...names),
          subjectKeyId('leaf-id'),
          authorityKeyId('root-id'),
        ],
      },
      by,
    )
    replaceLeaf(engine, leaf.pem, encodePrivateKey(leaf.key))
    chmodSync(join(engine.root(), 'pki/leaf.key'), 0o600)
    const plan = await engine.plan('2027-01-01T00:00:00Z')
    const change = plan.changes.find(({ name }) => name === 'leaf')
    expect(change?.reasons.map(({ code }) => code)).toContain('peers-refuse')
  })
})
