import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatStamp, parseStamp, stampPath } from '../../src/services/stamp.ts'
import { encodePrivateKey } from '../../src/x509/keys.ts'
import { makeEngine, outline, smallPolicy, start } from '../support/engine.ts'
import { authorityProfile, issue } from '../support/issue.ts'

const day = 86_400_000
const later = (ms: number) => new Date(Date.parse(start) + ms).toISOString()

describe('an apply', () => {
  it('keeps the private key at a renewal when the policy says so', async () => {
    const engine = await makeEngine(
      smallPolicy('', '').replace('size: 256 }', 'size: 256, rotation: never }'),
    )
    await engine.apply()
    const [key, certificate] = [engine.read('pki/leaf.key'), engine.read('pki/leaf.crt')]
    const { outcomes } = await engine.apply(later(90 * day))
    expect(outcomes).toMatchObject([{ action: 'renew', status: 'done' }])
    expect(engine.read('pki/leaf.key')).toEqual(key)
    expect(engine.read('pki/leaf.crt')).not.toEqual(certificate)
    expect(outline(await engine.plan(later(90 * day)))).toEqual([])
  })

  it('makes a new key at a renewal otherwise', async () => {
    const engine = await makeEngine(smallPolicy())
    await engine.apply()
    const key = engine.read('pki/leaf.key')
    await engine.apply(later(90 * day))
    expect(engine.read('pki/leaf.key')).not.toEqual(key)
  })

  it('brings one shared pair to all hosts, and heals the first from the second', async () => {
    const engine = await makeEngine(smallPolicy('scope: shared', 'held_by: all'), ['node-1', 'node-2'])
    await engine.apply()
    const pair = ['pki/ca.crt', 'pki/ca.key', 'pki/leaf.crt', 'pki/leaf.key']
    const files = (host: string) => pair.map((path) => engine.read(path, host))
    const before = files('node-1')
    expect(files('node-2')).toEqual(before)
    rmSync(join(engine.root('node-1'), 'pki'), { recursive: true })
    const plan = await engine.plan()
    expect(plan.tasks.map(({ kind, host }) => `${kind} ${host}`)).toEqual(['install node-1', 'alarms node-1'])
    await engine.apply()
    expect(files('node-1')).toEqual(before)
    expect(outline(await engine.plan())).toEqual([])
  })

  it('makes a leaf anew where the only other one cannot be read, and touches nothing there', async () => {
    const engine = await makeEngine(smallPolicy('scope: shared', 'held_by: all'), ['node-1', 'node-2'])
    await engine.apply()
    rmSync(join(engine.root('node-2'), 'pki'), { recursive: true })
    rmSync(join(engine.root('node-1'), 'pki/leaf.key'))
    mkdirSync(join(engine.root('node-1'), 'pki/leaf.key'))
    const plan = await engine.plan()
    expect(plan.problems.map(({ host, code }) => `${host} ${code}`)).toEqual(['node-1 unreadable'])
    const before = engine.read('pki/leaf.crt', 'node-1')
    await engine.apply()
    expect(engine.read('pki/ca.crt', 'node-2')).toEqual(engine.read('pki/ca.crt', 'node-1'))
    expect(existsSync(join(engine.root('node-2'), 'pki/leaf.key'))).toBe(true)
    expect(engine.read('pki/leaf.crt', 'node-1')).toEqual(before)
  })

  it('writes nothing when a file has changed since the plan, and says so', async () => {
    const engine = await makeEngine(smallPolicy())
    await engine.apply()
    const plan = await engine.plan(later(90 * day))
    writeFileSync(join(engine.root(), 'pki/leaf.crt'), 'by somebody else')
    const { outcomes } = await engine.apply(later(90 * day), { plan })
    expect(outcomes.filter(({ action }) => action === 'renew')).toMatchObject([{ status: 'stale' }])
    expect(engine.read('pki/leaf.crt').toString()).toBe('by somebody else')
    expect(readFileSync(join(engine.root(), 'pki/leaf.key')).length).toBeGreaterThan(0)
  })

  it('goes on with the others when one pair cannot be issued', async () => {
    const second = `
  other-ca:
    subject: { common_name: other-ca }
    certificate: { path: /other/ca.crt }
    private_key: { path: /other/ca.key }
    validity: 3650d
`
    const policy = smallPolicy().replace(
      'certificates:\n',
      `${second}certificates:\n  other:\n    authority: other-ca\n    subject: { common_name: other }\n    certificate: { path: /other/leaf.crt }\n    private_key: { path: /other/leaf.key }\n    validity: 100d\n    renew_before: 15d\n`,
    )
    const engine = await makeEngine(policy)
    await engine.apply()
    const at = later(90 * day)
    const plan = await engine.plan(at)
    rmSync(join(engine.root(), 'other/ca.key'))
    const { outcomes, alarms } = await engine.apply(at, { plan })
    expect(outcomes.map(({ address, status }) => `${address} ${status}`)).toEqual([
      'node-1/certificate/other failed',
      'node-1/certificate/leaf done',
      'node-1/alarm/250.003 done',
      'node-1/alarm/500.200 other done',
      'node-1/alarm/500.220 other-ca done',
    ])
    expect(alarms.slice(0, 1)).toMatchObject([
      {
        reason: 'Certificates of this host could not be renewed or brought into order.',
        repair: expect.stringContaining('/other/ca.key does not exist'),
      },
    ])
  })

  it('stops between two tasks when it is told to, and leaves nothing half done', async () => {
    const engine = await makeEngine(smallPolicy())
    const stop = new AbortController()
    stop.abort()
    const { outcomes } = await engine.apply(start, { signal: stop.signal })
    expect(outcomes.map(({ status }) => status)).toEqual(['skipped', 'skipped'])
    expect(existsSync(join(engine.root(), 'pki'))).toBe(false)
  })

  it('works through intermediates, and writes chains in their order', async () => {
    const policy = smallPolicy().replace(
      'certificates:\n  leaf:\n    authority: ca\n',
      '  middle:\n    authority: ca\n    subject: { common_name: middle }\n    path_length: 0\n    certificate: { path: /pki/middle.crt }\n    private_key: { path: /pki/middle.key }\n    validity: 1000d\n    renew_before: 200d\ncertificates:\n  leaf:\n    authority: middle\n',
    )
    const engine = await makeEngine(policy)
    await engine.apply()
    expect(outline(await engine.plan())).toEqual([])
    const leaf = engine.read('pki/leaf.crt').toString()
    expect(leaf.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    expect(leaf.endsWith(engine.read('pki/middle.crt').toString())).toBe(true)
    writeFileSync(
      join(engine.root(), 'pki/leaf.crt'),
      `${leaf.split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n`,
    )
    expect(outline(await engine.plan())).toEqual(['update leaf: chain-differs'])
    await engine.apply()
    expect(engine.read('pki/leaf.crt').toString()).toBe(leaf)
  })

  it('installs a custom CA in place of a generated one, and has its leaves signed by it', async () => {
    const engine = await makeEngine(smallPolicy())
    await engine.apply()
    const custom = await issue({ ...authorityProfile, subject: [{ type: 'CN', value: 'corporate' }] })
    await engine.write('custom.crt', custom.certificate.pem)
    await engine.write('custom.key', Buffer.from(encodePrivateKey(custom.key)).toString())
    const supplied = 'supplied: { certificate: custom.crt, private_key: custom.key }'
    await engine.write('policy.yml', smallPolicy('', supplied))
    const [authority, leaf] = [engine.read('pki/ca.crt'), engine.read('pki/leaf.crt')]
    expect(outline(await engine.plan())).toEqual(['raise 500.220 ca: alarm-condition'])
    await engine.apply()
    expect([engine.read('pki/ca.crt'), engine.read('pki/leaf.crt')]).toEqual([authority, leaf])
    await engine.write('policy.yml', smallPolicy('', `${supplied}\nrotation: { start: automatic }`))
    const phases: string[] = []
    for (let nights = 0; nights < 6; nights += 1) {
      const { plan, result } = await engine.night(start, { allowed: { authorities: 1 } })
      phases.push(...plan.rotations.map(({ phase }) => phase))
      expect(plan.problems).toEqual([])
      expect(result.outcomes.filter(({ status }) => status !== 'done')).toEqual([])
    }
    expect(phases).toEqual(['trust', 'sign', 'distrust', 'finish'])
    expect(engine.read('pki/ca.crt').toString()).toBe(custom.certificate.pem)
    expect(engine.read('pki/leaf.crt')).not.toEqual(leaf)
    expect(outline(await engine.plan())).toEqual([])
    rmSync(join(engine.root(), 'pki/leaf.key'))
    await engine.apply()
    expect(outline(await engine.plan())).toEqual([])
  })
})

describe('a service', () => {
  /** A service that is a folder: `started` counts its starts; it runs unless `stopped` is there. */
  async function withService(manager: string, onFailure: string, extra = '') {
    const engine = await makeEngine(
      smallPolicy(
        '',
        '',
        `services:\n  web:\n    manager: command\n    command: { restart: [sh, -c, 'SCRIPT'], ${manager} }\n    uses: { leaf: restart }\n${extra}`,
      ),
      ['node-1'],
      `on_failure: ${onFailure}`,
    )
    const starts = join(engine.folder, 'starts')
    const broken = join(engine.folder, 'broken')
    const policy = readFileSync(join(engine.folder, 'policy.yml'), 'utf8')
    await engine.write(
      'policy.yml',
      policy
        .replaceAll('STARTS', starts)
        .replace(
          'SCRIPT',
          `[ -e ${broken} ] || exec sh -c "echo x >>${starts}"; grep -q once ${broken} && rm ${broken}; exit 1`,
        ),
    )
    writeFileSync(starts, '')
    const count = () => readFileSync(starts, 'utf8').length / 2
    return {
      engine,
      count,
      breakIt: (how: boolean | 'once') =>
        how ? writeFileSync(broken, `${how}`) : rmSync(broken, { force: true }),
    }
  }

  it('is restarted once, however many of its files change, and not again', async () => {
    const { engine, count } = await withService('is_active: ["true"]', 'keep')
    await engine.apply()
    expect(count()).toBe(1)
    expect(outline(await engine.plan())).toEqual([])
    await engine.apply()
    expect(count()).toBe(1)
  })

  it('that is stopped is not started', async () => {
    const { engine, count } = await withService('is_active: ["false"]', 'keep')
    await engine.apply()
    expect(count()).toBe(0)
    expect(outline(await engine.plan())).toEqual([])
  })

  it('whose restart failed still owes it, without a probe and without a start time', async () => {
    const { engine, count, breakIt } = await withService('is_active: ["true"]', 'keep')
    breakIt(true)
    const failed = await engine.apply()
    expect(failed.alarms).toMatchObject([{ reason: expect.stringContaining('not all services use them') }])
    expect(outline(await engine.plan())).toEqual([
      'restart web: started-before-change, telling-unproved',
      'clear 250.003: alarm-resolved',
    ])
    breakIt(false)
    const mended = await engine.apply()
    expect([count(), mended.alarms]).toEqual([1, []])
    expect(outline(await engine.plan())).toEqual([])
  })

  it.each([
    [40, ['restart web: started-before-change', 'clear 250.003: alarm-resolved'], []],
    [3600, ['raise 250.003: alarm-condition'], [stampPath('web')]],
  ])(
    'whose restart failed still owes it, where a stamp %d s ahead says otherwise',
    async (ahead, changes, behind) => {
      const { engine, breakIt } = await withService('is_active: ["true"]', 'keep')
      breakIt(true)
      await engine.apply()
      const stamp = new Date(Date.now() + ahead * 1000)
      writeFileSync(join(engine.root(), stampPath('web')), formatStamp({ ms: stamp.getTime() }))
      const plan = await engine.plan()
      expect(outline(plan)).toEqual(changes)
      expect(plan.problems.map(({ path }) => path)).toEqual(behind)
    },
  )

  it('whose stamp is of tomorrow owes a restart that fails, whatever time it is by then', async () => {
    const { engine, breakIt } = await withService('is_active: ["true"]', 'keep')
    await engine.apply()
    writeFileSync(join(engine.root(), stampPath('web')), formatStamp({ ms: Date.now() + 30_000 }))
    breakIt(true)
    await engine.apply(later(90 * day))
    expect(parseStamp(engine.read(stampPath('web')).toString())?.ms).toBeLessThan(Date.now())
    expect(outline(await engine.plan(later(90 * day)))).toContain(
      'restart web: started-before-change, telling-unproved',
    )
  })

  it('that does not come back does not get an expired certificate again', async () => {
    const { engine, breakIt } = await withService('is_active: ["true"]', 'rollback')
    await engine.apply()
    const before = engine.read('pki/leaf.crt')
    breakIt(true)
    const { outcomes, failed } = await engine.apply(later(101 * day))
    const why = 'what was there before is no better (leaf was expired)'
    expect(failed).toEqual([{ host: 'node-1', files: 'kept', owed: ['node-1/service/web'], why }])
    expect(outcomes.map(({ address, status }) => `${address} ${status}`)).toEqual([
      'node-1/certificate/leaf done',
      'node-1/service/web failed',
      'node-1/alarm/250.003 done',
    ])
    expect(engine.read('pki/leaf.crt')).not.toEqual(before)
  })

  it('that does not come back gets its old files again', async () => {
    const { engine, breakIt } = await withService('is_active: ["true"]', 'rollback')
    await engine.apply()
    const before = engine.read('pki/leaf.crt')
    breakIt('once')
    const at = later(90 * day)
    const { outcomes, alarms, needsHuman, failed } = await engine.apply(at)
    expect(failed).toEqual([{ host: 'node-1', files: 'put-back', owed: [] }])
    expect(outcomes.map(({ address, status }) => `${address} ${status}`)).toEqual([
      'node-1/certificate/leaf rolled-back',
      'node-1/service/web failed',
      'node-1/service/web rolled-back',
      'node-1/alarm/250.003 done',
      'node-1/alarm/500.200 leaf done',
    ])
    expect(engine.read('pki/leaf.crt')).toEqual(before)
    expect(needsHuman).toBe(false)
    expect(alarms[0]).toMatchObject({
      reason: 'Certificates of this host could not be renewed or brought into order. A service failed.',
      repair: expect.stringMatching(/^web: /),
    })
    breakIt(false)
    expect((await engine.apply(at)).alarms).toEqual([])
  })

  it('that runs since before it was told is not told again when its old files are back', async () => {
    const uptime = `uptime: [sh, -c, 'echo $(( $(date +%s) - $(stat -c %Y STARTS) ))']`
    const { engine, count, breakIt } = await withService(`is_active: ["true"], ${uptime}`, 'rollback')
    await engine.apply()
    const at = later(90 * day)
    await new Promise((resolve) => setTimeout(resolve, 2100))
    breakIt(true)
    const { outcomes, needsHuman } = await engine.apply(at)
    expect(outcomes.filter(({ address }) => address === 'node-1/service/web')).toMatchObject([
      { status: 'failed', detail: 'restart failed: sh exited with 1' },
      { status: 'rolled-back', detail: 'old generation restored; active' },
    ])
    expect(needsHuman).toBe(false)
    expect(outline(await engine.plan(at))).toContain('restart web: uses-changed')
    breakIt(false)
    await engine.apply(at)
    expect(count()).toBe(2)
  })

  it('that cannot be asked is told nothing, and keeps no certificate from being renewed', async () => {
    const { engine } = await withService('is_active: [/no/such/program]', 'keep')
    const plan = await engine.plan()
    expect(plan.problems).toMatchObject([{ code: 'service-unknown', address: 'node-1/service/web' }])
    expect(plan.tasks.map(({ kind }) => kind)).toEqual(['issue', 'issue', 'install', 'alarms'])
  })

  it('is restarted after the one that it waits for', async () => {
    const order = join((await makeEngine(smallPolicy())).folder, 'order')
    const service = (name: string, after: string) =>
      `  ${name}:\n    manager: command\n    command: { restart: [sh, -c, 'echo ${name} >>${order}'], is_active: ["true"] }\n    after: [${after}]\n    uses: { leaf: restart }\n`
    const engine = await makeEngine(
      smallPolicy('', '', `services:\n${service('first', 'second')}${service('second', '')}`),
    )
    mkdirSync(join(order, '..'), { recursive: true })
    await engine.apply()
    expect(readFileSync(order, 'utf8')).toBe('second\nfirst\n')
  })
})

it('a mode that is mended does not look like a file that a service has not read', async () => {
  const engine = await makeEngine(
    smallPolicy(
      '',
      '',
      'services:\n  web:\n    manager: command\n    command: { restart: ["true"], is_active: ["true"] }\n    uses: { leaf: restart }\n',
    ),
  )
  await engine.apply()
  chmodSync(join(engine.root(), 'pki/leaf.crt'), 0o666)
  expect(outline(await engine.plan())).toEqual(['update leaf: mode-differs'])
  await engine.apply()
  expect(outline(await engine.plan())).toEqual([])
})

it('a certificate that is narrower than the default mode stays so when it is renewed, and its copy as well', async () => {
  const engine = await makeEngine(smallPolicy('copies: [{ certificate: /copy/leaf.crt }]'))
  await engine.apply()
  const modes = () =>
    ['pki/ca.crt', 'pki/leaf.crt', 'copy/leaf.crt', 'pki/leaf.key'].map((path) =>
      (statSync(join(engine.root(), path)).mode & 0o7777).toString(8),
    )
  expect(modes()).toEqual(['644', '644', '644', '600'])
  for (const path of ['pki/leaf.crt', 'copy/leaf.crt']) chmodSync(join(engine.root(), path), 0o600)
  expect(outline(await engine.plan())).toEqual([])
  const before = engine.read('pki/leaf.crt')
  const at = later(90 * day)
  expect((await engine.apply(at)).outcomes).toMatchObject([{ action: 'renew', status: 'done' }])
  expect(engine.read('pki/leaf.crt')).not.toEqual(before)
  expect(modes()).toEqual(['644', '600', '600', '600'])
  expect(outline(await engine.plan(at))).toEqual([])
})

describe('an apply of a policy with install: generations', () => {
  it('switches certificate and key by one rename where the policy says so, renewal after renewal', async () => {
    const install =
      'install: generations\ncopies: [{ certificate: /copy/leaf.crt, private_key: /copy/leaf.key }]'
    const engine = await makeEngine(smallPolicy(install))
    await engine.apply()
    expect(outline(await engine.plan())).toEqual([])
    const [link, before] = ['pki/leaf.key', 'pki/.leaf.crt.certwright'].map((path) =>
      readlinkSync(join(engine.root(), path)),
    )
    expect(link).toBe('.leaf.crt.certwright/leaf.key')
    await engine.apply(later(90 * day))
    expect(outline(await engine.plan(later(90 * day)))).toEqual([])
    expect(readlinkSync(join(engine.root(), 'pki/.leaf.crt.certwright'))).not.toBe(before)
    expect(engine.read('copy/leaf.key')).toEqual(engine.read('pki/leaf.key'))
    const folders = readdirSync(join(engine.root(), 'pki')).filter((name) => /certwright-/.test(name))
    expect(folders).toHaveLength(1)
  })

  it('puts existing files behind a link without issuing them anew, and takes them back from there', async () => {
    const engine = await makeEngine(smallPolicy('install: generations'))
    await engine.write('policy.yml', smallPolicy())
    await engine.apply()
    const certificate = engine.read('pki/leaf.crt')
    await engine.write('policy.yml', smallPolicy('install: generations'))
    expect(outline(await engine.plan())).toEqual(['update leaf: install-differs'])
    await engine.apply()
    expect(outline(await engine.plan())).toEqual([])
    expect(engine.read('pki/leaf.crt')).toEqual(certificate)
    await engine.write('policy.yml', smallPolicy())
    await engine.apply()
    expect(outline(await engine.plan())).toEqual([])
    expect(engine.read('pki/leaf.crt')).toEqual(certificate)
    expect(readdirSync(join(engine.root(), 'pki')).sort()).toEqual([
      'ca.crt',
      'ca.key',
      'leaf.crt',
      'leaf.key',
    ])
  })
})
