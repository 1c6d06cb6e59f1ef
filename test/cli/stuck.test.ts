import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { certwright } from '../support/certwright.ts'
import { smallPolicy } from '../support/engine.ts'
import { makeFolder, writeFiles } from '../support/workspace.ts'

describe('a transaction that can be neither finished nor undone', () => {
  it('keeps the alarm of its host up though all certificates are in order, until somebody has looked', async () => {
    const folder = makeFolder()
    await writeFiles(folder, {
      'policy.yml': smallPolicy(),
      'play.yml': '- { name: test, hosts: all, policy: policy.yml }\n',
      'hosts.yml': 'all: { hosts: { node-1: { ansible_connection: local, certwright_root: root } } }\n',
      'root/x': '',
    })
    const go = (command: string, ...args: string[]) =>
      certwright([command, 'play.yml', '-i', 'hosts.yml', ...args], { cwd: folder })
    const alarms = () => readFileSync(join(folder, 'root/var/lib/certwright/alarms.json'), 'utf8')
    expect((await go('apply', '--auto-approve')).code).toBe(0)
    const generation = join(folder, 'root/var/lib/certwright/generations/00000009-torn')
    mkdirSync(generation)
    writeFileSync(join(generation, 'journal'), 'certwright-generation 2\nremove L2V0Yy9wYXNzd2Q=')
    for (const _night of [1, 2]) {
      const { code, stdout } = await go('apply', '--auto-approve')
      expect(code).toBe(7)
      expect(stdout).toContain('its journal is damaged')
      expect(alarms()).toContain('250.003')
    }
    expect((await go('recover')).code).toBe(7)
    rmSync(generation, { recursive: true })
    expect((await go('apply', '--auto-approve')).code).toBe(0)
    expect(alarms()).not.toContain('250.003')
  })
})
