import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inventories } from '../cases/inventory/inventories.ts'
import { certwright, run } from '../support/certwright.ts'
import { makeFolder, writeFiles } from '../support/workspace.ts'

/** Order says nothing in Ansible's lists of hosts and children. */
function normalise(value: unknown): unknown {
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      (key === 'hosts' || key === 'children') && Array.isArray(each) ? [...each].sort() : normalise(each),
    ]),
  )
}

async function compare(args: readonly string[], cwd: string): Promise<void> {
  const ansible = await run('ansible-inventory', [...args, '--list', '--playbook-dir', join(cwd, 'play')], {
    cwd,
    env: { ANSIBLE_NOCOLOR: '1' },
  })
  expect(ansible.code, ansible.stderr).toBe(0)
  const ours = await certwright(['inventory', 'list', ...args, '--playbook-dir', 'play'], { cwd })
  expect(ours.code, ours.stderr).toBe(0)
  expect(normalise(JSON.parse(ours.stdout))).toEqual(normalise(JSON.parse(ansible.stdout)))
}

describe('inventories come to the same as with ansible-inventory --list:', () => {
  it.each(inventories)('%s', async (_name, files) => {
    const folder = makeFolder()
    await writeFiles(folder, { ...files, 'play/README': '' })
    const [main = ''] = Object.keys(files)
    await compare(['-i', main], folder)
  })

  it('several files, a folder of files, and a list of hosts', async () => {
    const folder = makeFolder()
    await writeFiles(folder, {
      'play/README': '',
      'many/10-first.yml': 'web:\n  vars: { v: first, x: 1 }\n  hosts: { a: { h: 1 } }\n',
      'many/20-second.yml': 'web:\n  vars: { v: second }\n  hosts: { b: }\n',
      'many/notes.md': 'not an inventory',
      'many/group_vars/web.yml': 'g: 1\n',
      'other.yml': 'web:\n  vars: { v: other }\n  hosts: { a: { h: 2 } }\n',
    })
    expect(readdirSync(join(folder, 'many'))).toContain('notes.md')
    await compare(['-i', 'many'], folder)
    await compare(['-i', 'many', '-i', 'other.yml'], folder)
    await compare(['-i', 'other.yml', '-i', 'many'], folder)
    await compare(['-i', 'x1,x2,', '-i', 'other.yml'], folder)
  })

  it('what ansible-inventory --list prints is an inventory too, and comes to itself', async () => {
    const folder = makeFolder()
    await writeFiles(folder, {
      'hosts.yml': 'web:\n  vars: { v: 1 }\n  children: { db: { hosts: { a: { w: 2 }, b: } } }\n',
    })
    const { stdout } = await run('ansible-inventory', ['-i', 'hosts.yml', '--list'], { cwd: folder })
    await writeFiles(folder, { 'printed.json': stdout })
    const ours = await certwright(['inventory', 'list', '-i', 'printed.json'], { cwd: folder })
    expect(normalise(JSON.parse(ours.stdout))).toEqual(normalise(JSON.parse(stdout)))
  })
})
