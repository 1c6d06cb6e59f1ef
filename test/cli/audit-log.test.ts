import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { verifyLog } from '../../src/audit/verify.ts'
import { openAuditLog } from '../../src/cli/audit-log.ts'
import { findOwnFolders, findStateFolder } from '../../src/cli/state-folder.ts'
import type { AuditRecord } from '../../src/model/audit.ts'
import { makeFolder } from '../support/workspace.ts'

const end: AuditRecord = { kind: 'end', run: 'run-1', exit: 0 }
const modeOf = (path: string) => statSync(path).mode & 0o777

describe('the audit log', () => {
  it('is for its owner alone, whatever the umask is', async () => {
    const folder = join(makeFolder(), 'state/certwright')
    const before = process.umask(0)
    await openAuditLog(folder)
      .append([end])
      .finally(() => process.umask(before))
    expect(modeOf(folder)).toBe(0o700)
    for (const name of ['audit.jsonl', 'audit.head', 'audit.lock'])
      expect(modeOf(join(folder, name))).toBe(0o600)
  })

  it('stays one chain when several write at once', async () => {
    const folder = makeFolder()
    const logs = Array.from({ length: 4 }, () => openAuditLog(folder))
    await Promise.all(logs.flatMap(({ append }) => [append([end]), append([end, end]), append([end])]))
    const log = await openAuditLog(folder).read()
    expect(verifyLog(log?.text ?? '', log?.head)).toEqual({ entries: 16, notes: [] })
  })

  it('goes on after a line that was cut off', async () => {
    const folder = makeFolder()
    const { append, read, path } = openAuditLog(folder)
    await append([end])
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"seq":2,"prev":"12`)
    await append([end])
    const log = await read()
    expect(verifyLog(log?.text ?? '', log?.head)).toMatchObject({ entries: 3, notes: [{ line: 2 }] })
  })

  it.each([
    ['a link', (path: string) => symlinkSync('elsewhere', path), 'is a symbolic link'],
    ['a directory', (path: string) => mkdirSync(path), 'EISDIR'],
  ])('is not written through %s', async (_name, make, why) => {
    const folder = makeFolder()
    make(join(folder, 'audit.jsonl'))
    await expect(openAuditLog(folder).append([end])).rejects.toThrow(why)
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false)
  })

  it('leaves a folder that was there before as it is', async () => {
    const folder = makeFolder()
    chmodSync(folder, 0o755)
    await openAuditLog(folder).append([end])
    expect(modeOf(folder)).toBe(0o755)
  })

  it('reads as empty where there is none, and says why it cannot be read where it is not a file', async () => {
    const folder = makeFolder()
    expect(await openAuditLog(folder).read()).toEqual({ text: '' })
    mkdirSync(join(folder, 'audit.jsonl'))
    expect(await openAuditLog(folder).read()).toEqual({ detail: 'it is not a regular file' })
  })
})

it.each([
  [{ CERTWRIGHT_STATE_DIR: '/a', XDG_STATE_HOME: '/s', XDG_DATA_HOME: '/d' }, '/a', '/d/certwright'],
  [{ XDG_STATE_HOME: '/s', XDG_DATA_HOME: '/d' }, '/s/certwright', '/d/certwright'],
  [
    { XDG_STATE_HOME: 's', XDG_DATA_HOME: '' },
    join(homedir(), '.local/state/certwright'),
    join(homedir(), '.local/share/certwright'),
  ],
])('with %j, a user who is not root keeps his locks in %s and his keys in %s', (env, state, data) => {
  expect(findOwnFolders(env, 1000)).toEqual({ state, data })
  expect(findOwnFolders(env, 0)).toBeUndefined()
})

it.each([
  [{ CERTWRIGHT_STATE_DIR: '/elsewhere' }, '/root-of-control', '/elsewhere'],
  [{}, '/root-of-control', '/root-of-control/var/lib/certwright'],
  [{ CERTWRIGHT_STATE_DIR: '' }, undefined, process.getuid?.() === 0 ? '/var/lib/certwright' : undefined],
])('with %j and a control node below %s, state is kept in %s', (env, root, folder) => {
  if (folder !== undefined) expect(findStateFolder(root, env)).toBe(folder)
})
