import { expect, it } from 'vitest'
import { certwright } from '../support/certwright.ts'
import { smallPolicy } from '../support/engine.ts'
import { makeFolder, writeFiles } from '../support/workspace.ts'

it('certificates of six hours are renewed for days by an apply every three hours, each of which ends with 0', async () => {
  const folder = makeFolder()
  await writeFiles(folder, {
    'policy.yml': smallPolicy('renew_before: 50%').replace(
      'validity: 100d\n    renew_before: 15d',
      'validity: 6h',
    ),
    'play.yml': '- { name: test, hosts: all, policy: policy.yml }\n',
    'hosts.yml': 'all: { hosts: { node-1: { ansible_connection: local, certwright_root: root } } }\n',
  })
  const go = (...args: string[]) => certwright(args, { cwd: folder })
  let renewed = 0
  for (let hours = 0; hours < 54; hours += 3) {
    const at = new Date(Date.parse('2026-11-24T00:00Z') + hours * 3_600_000).toISOString()
    const ran = await go('apply', 'play.yml', '-i', 'hosts.yml', '--auto-approve', '--at', at)
    expect({ hours, code: ran.code, stderr: ran.stderr }).toMatchObject({ hours, code: 0 })
    if (ran.stdout.includes('1 to renew')) renewed += 1
  }
  expect(renewed).toBe(17)
  expect((await go('history', '--verify')).stdout).toMatch(/^\d+ entries, intact$/m)
})
