import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findOtherTime } from '../../src/cli/as-of-now.ts'
import { certwright } from '../support/certwright.ts'
import { smallPolicy } from '../support/engine.ts'
import { makeFolder, writeFiles } from '../support/workspace.ts'

const now = new Date('2026-11-23T12:00:00Z')
const real = { name: 'node-1', connection: 'local' } as const
const sandbox = { name: 'node-2', connection: 'local', root: '/srv/sandbox' } as const
const whole = { name: 'node-3', connection: 'local', root: '/' } as const

describe('an instant to change hosts as of', () => {
  it.each([
    ['now, on a real host', [real], 0, undefined],
    ['a minute ahead, on a real host', [real], 60, undefined],
    ['a minute ago, on a real host', [real], -60, undefined],
    ['a second more ahead', [real], 61, '--at is 1 minute ahead, and node-1 would be changed as of then'],
    ['a second more ago', [real], -61, '--at is 1 minute ago, and node-1 would be changed as of then'],
    ['ten days ahead, below a root', [sandbox], 864_000, undefined],
    ['ten days ago, below a root', [sandbox], -864_000, undefined],
    ['below a root that is the real one', [whole], 864_000, '--at is 10 days ahead, and node-3 would'],
    ['where one of two is real', [sandbox, real], 864_000, '--at is 10 days ahead, and node-1 would'],
  ] as const)('%s', (_, targets, seconds, message) => {
    const fault = findOtherTime(targets, new Date(now.getTime() + seconds * 1000), now)
    if (message === undefined) expect(fault).toBeUndefined()
    else expect(fault).toMatchObject({ code: 'not-now', message: expect.stringContaining(message) })
  })

  it('names a few of many hosts', () => {
    const many = Array.from({ length: 9 }, (_, index) => ({ ...real, name: `n${index}` }))
    expect(findOtherTime(many, new Date(0), now)?.message).toContain('n0, n1, n2, n3, n4 and 4 more would')
  })
})

describe('certwright on a real host', () => {
  async function makePlayground() {
    const folder = makeFolder()
    await writeFiles(folder, {
      'policy.yml': smallPolicy().replaceAll('/pki/', `${folder}/pki/`),
      'play.yml': '- { name: test, hosts: all, policy: policy.yml }\n',
      'hosts.yml': 'all: { hosts: { node-1: { ansible_connection: local } } }\n',
    })
    const go = (...args: string[]) =>
      certwright([args[0] ?? '', 'play.yml', ...args.slice(1), '-i', 'hosts.yml'], { cwd: folder })
    return { folder, go }
  }
  const at = new Date(Date.now() + 40 * 86_400_000).toISOString()
  const ago = new Date(Date.now() - 40 * 86_400_000).toISOString()

  it.each([
    ['apply', at],
    ['apply', ago],
    ['rollback', at],
  ])('refuses %s --at %s before anything is touched', async (command, instant) => {
    const { folder, go } = await makePlayground()
    const before = readdirSync(folder)
    const host = command === 'rollback' ? ['node-1'] : []
    expect(await go(command, ...host, '--auto-approve', '--at', instant)).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^error not-now: .* node-1 would be changed.*\n {2}hint: leave --at out/),
    })
    expect(readdirSync(folder)).toEqual(before)
    expect(existsSync(join(folder, 'pki'))).toBe(false)
  })

  it.each(['plan', 'status', 'apply --check'])('%s may be about any time', async (command) => {
    const { go } = await makePlayground()
    expect((await go(...command.split(' '), '--at', at)).stderr).not.toContain('not-now')
  })
})
