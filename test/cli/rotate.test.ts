import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { lockSession } from '../../src/cli/recover.ts'
import { type RotateRunOptions, runRotation } from '../../src/cli/rotate-run.ts'
import type { Wanted } from '../../src/cli/rotate-walk.ts'
import { type Session, withSession } from '../../src/cli/session.ts'
import type { RotateRequest } from '../../src/model/desired.ts'
import type { Rotation } from '../../src/model/difference.ts'
import { encodePrivateKey } from '../../src/x509/keys.ts'
import { certwright, stateFolder } from '../support/certwright.ts'
import { smallPolicy } from '../support/engine.ts'
import { authorityProfile, issue } from '../support/issue.ts'
import { rotationFact, waitFor } from '../support/rotation.ts'
import { makeFolder, writeFiles } from '../support/workspace.ts'

const below = `
authorities:
  below:
    authority: ca
    subject: { common_name: below }
    certificate: { path: /pki/below.crt }
    private_key: { path: /pki/below.key }
    validity: 300d
    renew_before: 30d
`
const services = `services:
  web:
    manager: command
    command: { restart: ["true"] }
    uses: { leaf: hot, ca: restart }`

async function makeFiles(rest = services): Promise<string> {
  const folder = makeFolder()
  await writeFiles(folder, {
    'policy.yml': smallPolicy('', '', rest),
    'play.yml': '- { name: test, hosts: all, policy: policy.yml }\n',
    'hosts.yml': 'all: { hosts: { node-1: { ansible_connection: local, certwright_root: root } } }\n',
    'root/x': '',
  })
  return folder
}

describe('certwright rotate', () => {
  const go = (cwd: string, ...args: string[]) =>
    certwright(['rotate', 'play.yml', ...args, '-i', 'hosts.yml'], { cwd })

  it.each<[string, string[]]>([
    ['a phase that there is not', ['ca', '--until', 'halfway']],
    ['no authority', []],
    ['a way back without overlap', ['ca', '--no-overlap', '--back']],
    ['a part of what is one step', ['ca', '--no-overlap', '--until', 'sign']],
    ['no terminal to ask on', ['ca']],
  ])('refuses %s', async (_what, args) => {
    expect((await go(await makeFiles(), ...args)).code).toBe(5)
  })

  it('suggests the name that was meant, and says which there are', async () => {
    const folder = await makeFiles()
    const near = await go(folder, 'caa', '--plan')
    expect(near).toMatchObject({ code: 3, stdout: '' })
    expect(near.stderr).toContain('unknown-authority')
    expect(near.stderr).toContain('did you mean "ca"?')
    expect((await go(folder, 'leaf', '--plan')).stderr).toContain('there is ca')
    const json = await go(folder, 'caa', '--plan', '--format', 'json')
    expect(JSON.parse(json.stdout)).toMatchObject({ diagnostics: [{ code: 'unknown-authority' }] })
  })

  it('knows no way back from a CA that the policy supplies, and says where it begins', async () => {
    const folder = await makeFiles()
    const { certificate, key } = await issue(authorityProfile)
    const supplied = 'supplied: { certificate: custom.crt, private_key: custom.key }'
    await writeFiles(folder, {
      'policy.yml': smallPolicy('', supplied, services),
      'custom.crt': certificate.pem,
      'custom.key': Buffer.from(encodePrivateKey(key)).toString(),
    })
    chmodSync(join(folder, 'custom.key'), 0o600)
    const { code, stderr } = await go(folder, 'ca', '--back', '--auto-approve')
    expect(code).toBe(3)
    expect(stderr).toMatch(/policy\.yml:\d+:\d+[\s\S]*supplied-is-wanted/)
    expect(existsSync(join(folder, 'root/pki'))).toBe(false)
  })

  it('says of an intermediate that it needs none', async () => {
    const folder = await makeFiles('')
    const policy = readFileSync(join(folder, 'policy.yml'), 'utf8')
    const [, intermediate = ''] = below.split('authorities:\n')
    await writeFiles(folder, {
      'policy.yml': policy.replace('certificates:\n', `${intermediate}certificates:\n`),
    })
    const { code, stderr } = await go(folder, 'below', '--auto-approve')
    expect(code).toBe(3)
    expect(stderr).toContain('not-an-anchor')
    expect(stderr).toContain('below is signed by ca')
  })

  it('puts nothing in place at once without being told twice, and says what that breaks', async () => {
    const { code, stdout, stderr } = await go(await makeFiles(), 'ca', '--no-overlap', '--auto-approve')
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' })
    expect(stderr).toContain('Down meanwhile: web on node-1.')
    expect(stderr).toContain('--allow authorities=1')
  })

  it('has a help with examples', async () => {
    const { code, stdout } = await certwright(['rotate', '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('certwright rotate playbooks/etcd-cluster.yml etcd-ca')
  })
})

/** What is made of each look: nothing is seen of a rotation, or this. */
type Script = (request: RotateRequest | undefined, folder: string) => Partial<Rotation> | undefined

afterEach(() => vi.restoreAllMocks())

/** Real hosts, real work; only how far the rotation is comes from a script. */
async function run(
  script: Script,
  wanted: Partial<Wanted> = {},
  over: Partial<RotateRunOptions> = {},
  rest = '',
) {
  const folder = await makeFiles(rest)
  const streams = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      streams[name] += String(text)
      return true
    })
  vi.stubEnv('CERTWRIGHT_STATE_DIR', stateFolder())
  const interruption = {
    signal: new AbortController().signal,
    hold: <T>(work: () => Promise<T>) => work(),
    exitCode: () => undefined,
  }
  const options: RotateRunOptions = {
    inventory: [join(folder, 'hosts.yml')],
    extraVars: [],
    vaultPasswordFile: [],
    askVaultPass: false,
    forks: 4,
    at: new Date(),
    allow: {},
    format: 'text',
    verbose: false,
    color: false,
    lockTimeout: 0,
    autoApprove: true,
    detailedExitcode: false,
    destroyOldKey: false,
    interruption,
    ...over,
  }
  const code = await withSession(join(folder, 'play.yml'), options, async (session) => {
    await lockSession(session, 'r', options, async () => undefined)
    const asked = { pairs: ['authority/ca'], wish: 'begin', ...wanted } as const
    const anchors = session.desired.plays[0]?.pairs.filter(({ name }) => name === 'ca') ?? []
    return runRotation(bend(session, script, folder), anchors, asked, options)
  })
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  return { code, ...streams, audit: readAudit(join(stateFolder(), 'audit.jsonl')) }
}

function readAudit(path: string) {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
  return lines.map((each) => JSON.parse(each))
}

function bend(session: Session, script: Script, folder: string): Session {
  return {
    ...session,
    observe: async (request) => {
      const told = request && script(request, folder)
      const { actual, difference } = await session.observe(request)
      const pairs = difference.pairs.map((pair) =>
        pair.pair.name === 'ca' && told ? { ...pair, rotation: rotationFact(told) } : pair,
      )
      return { actual, difference: { ...difference, pairs } }
    },
  }
}

/** One after the other, and the last again and again. */
function script(phases: readonly Partial<Rotation>[]): Script {
  let looks = 0
  return () => {
    looks += 1
    return phases[Math.min(looks, phases.length) - 1]
  }
}

/** One phase deploys everything, the next has the leaf made again, then all is done. */
function twoPhases(): Script {
  let looks = 0
  return (_request, folder) => {
    looks += 1
    if (looks === 1) return { phase: 'prepare', advances: true }
    if (looks === 2) {
      rmSync(join(folder, 'root/pki/leaf.crt'))
      return { phase: 'sign', advances: true }
    }
    return undefined
  }
}

describe('a rotation on hosts', () => {
  it('shows and carries out one plan a phase, each a run of its own in the audit log', async () => {
    const { code, stdout, stderr, audit } = await run(twoPhases())
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /This plan carries out: prepare\.[\s\S]*Applied: .*This plan carries out: sign\.[\s\S]*Applied: /s,
    )
    expect(stderr).toContain('The rotation of ca is done.')
    const ends = audit.filter(({ kind }) => kind === 'end')
    expect(ends).toMatchObject([{ exit: 0 }, { exit: 0 }])
    const [first, second] = ends.map((each) => each.run)
    expect(first < second).toBe(true)
  })

  it('is one JSON document, whatever it took', async () => {
    const { stdout } = await run(twoPhases(), {}, { format: 'json' })
    expect(JSON.parse(stdout)).toMatchObject({
      format_version: '1.0',
      authority: 'ca',
      outcome: 'done',
      rotations: [],
      steps: [
        { phases: ['prepare'], result: { summary: { done: 2, failed: 0 } } },
        { phases: ['sign'], result: { summary: { done: 1, failed: 0 } } },
      ],
    })
  })

  it('shows what holds it up, and changes nothing then', async () => {
    const { code, stdout, stderr, audit } = await run(() => {
      const waits = [waitFor({ what: 'unhealthy', message: 'it is not well' })]
      return { phase: 'sign', advances: false, waits }
    })
    expect({ code, audit }).toEqual({ code: 7, audit: [] })
    expect(stdout).toContain('waits for node-2: it is not well')
    expect(stderr).toContain('The rotation of ca waits (phase sign):\n  node-2: it is not well')
  })

  it('points at the plan where it is held up by what is no part of it', async () => {
    const { stderr } = await run(() => ({ phase: 'sign', advances: false }))
    expect(stderr).toContain(
      'The rotation of ca cannot go on (phase sign): the plan says what is in its way.',
    )
  })

  it('says that it stopped where it was asked to', async () => {
    const { code, stderr } = await run(twoPhases(), { until: 'prepare' })
    expect(code).toBe(0)
    expect(stderr).toContain('Stopped before sign, as was asked.')
  })

  it('says how to go on with a way back that has turned: asked for again, it would turn again', async () => {
    const phases: readonly Partial<Rotation>[] = [
      { phase: 'turn', advances: true },
      { phase: 'sign', advances: false, waits: [waitFor({ what: 'pool', message: 'its restart' })] },
    ]
    const { code, stderr } = await run(script(phases), { wish: 'back' })
    expect(code).toBe(7)
    expect(stderr).toMatch(/goes on when these have been restarted[\s\S]*run this again without --back/)
    const untouched = await run(script(phases.slice(1)), { wish: 'back' })
    expect(untouched.stderr).toContain('Nothing has been turned; to do so, run this again.')
  })

  it('says that there is nothing to go back from', async () => {
    const { code, stderr } = await run(() => undefined, { wish: 'back' })
    expect(code).toBe(3)
    expect(stderr).toContain('there is nothing to go back from')
  })

  it('ends with 6 when a service does not come back, and goes no further', async () => {
    const broken = services.replace('"true"', '"false"').replace('leaf: hot, ca: restart', 'leaf: restart')
    const phases = [{ phase: 'distrust', advances: true }] as const
    const { code, stderr, audit } = await run(script(phases), {}, {}, broken)
    expect(code).toBe(6)
    expect(stderr).toContain(
      'phase distrust of the rotation of ca has failed; whatever is in use is still trusted',
    )
    expect(audit.filter(({ kind }) => kind === 'end')).toMatchObject([{ exit: 6 }])
  })

  it('ends with 6 when a phase comes to no effect', async () => {
    const { code, stderr } = await run(() => ({ phase: 'sign', advances: true }))
    expect(code).toBe(6)
    expect(stderr).toContain('phase sign of the rotation of ca comes to no effect')
  })

  it('says what is in the way of one that cannot begin', async () => {
    const { code, stderr } = await run(() => undefined)
    expect(code).toBe(7)
    expect(stderr).toContain('error: no rotation of ca can begin')
  })
})
