import { chmodSync, readdirSync } from 'node:fs'
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
  const ours = await certwright(
    ['inventory', 'list', '--format', 'json', ...args, '--playbook-dir', 'play'],
    { cwd },
  )
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

  it('what ansible-inventory --list prints is an inventory too, as a file and on standard input, and comes to itself', async () => {
    const folder = makeFolder()
    await writeFiles(folder, { 'hosts.yml': small() })
    const { stdout } = await run('ansible-inventory', ['-i', 'hosts.yml', '--list'], { cwd: folder })
    await writeFiles(folder, { 'printed.json': stdout })
    const list = ['inventory', 'list', '--format', 'json', '-i']
    const fromFile = await certwright([...list, 'printed.json'], { cwd: folder })
    const fromInput = await certwright([...list, '-'], { cwd: folder, input: stdout })
    expect(normalise(JSON.parse(fromFile.stdout))).toEqual(normalise(JSON.parse(stdout)))
    expect(normalise(JSON.parse(fromInput.stdout))).toEqual(normalise(JSON.parse(stdout)))
  })

  it('an INI inventory, through ansible-inventory as a program', async () => {
    const folder = makeFolder()
    await writeFiles(folder, {
      'play/README': '',
      'hosts.ini': '[web]\nw[01:03] port=80\n\n[db]\nd1\n\n[site:children]\nweb\ndb\n\n[site:vars]\nv=site\n',
      dynamic: '#!/bin/sh\nexec ansible-inventory -i "$(dirname "$0")/hosts.ini" "$@"\n',
    })
    chmodSync(join(folder, 'dynamic'), 0o755)
    await compare(['-i', 'dynamic'], folder)
  })

  it('a program that prints no _meta, and groups as mere lists, is asked for every host', async () => {
    const folder = makeFolder()
    await writeFiles(folder, {
      'play/README': '',
      dynamic:
        '#!/bin/sh\nif [ "$1" = --list ]; then echo \'{"web": ["a", "b"], "db": {"hosts": ["b"], "vars": {"v": 1}}}\'; else echo "{\\"name\\": \\"$2\\"}"; fi\n',
    })
    chmodSync(join(folder, 'dynamic'), 0o755)
    await compare(['-i', 'dynamic'], folder)
  })
})

describe('a program that is no inventory is told:', () => {
  it.each([
    ['it fails', 'echo broken >&2; exit 3', 'exited with 3: broken'],
    ['it prints no JSON', 'echo hello', 'is no JSON'],
    [
      'it prints too deep a JSON',
      `printf '%0.s[' $(seq 2000); printf '%0.s]' $(seq 2000)`,
      'nested too deeply',
    ],
    ['it leaves an orphan behind that keeps the pipe open', 'sleep 300 & exit 4', 'exited with 4'],
  ])('%s', async (_name, body, message) => {
    const folder = makeFolder()
    await writeFiles(folder, { dynamic: `#!/bin/sh\n${body}\n` })
    chmodSync(join(folder, 'dynamic'), 0o755)
    const ran = await certwright(['inventory', 'list', '-i', 'dynamic'], { cwd: folder })
    expect(ran).toMatchObject({ code: 3, stdout: '' })
    expect(ran.stderr).toContain(message)
  })

  it('a text with an executable bit is a text all the same', async () => {
    const folder = makeFolder()
    await writeFiles(folder, { 'hosts.yml': small() })
    chmodSync(join(folder, 'hosts.yml'), 0o755)
    const ran = await certwright(['inventory', 'graph', '-i', 'hosts.yml'], { cwd: folder })
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('|--a') })
  })
})

function small(): string {
  return 'web:\n  vars: { v: 1 }\n  children: { db: { hosts: { a: { w: 2 }, b: } } }\n'
}
