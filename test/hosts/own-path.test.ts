import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLocalHost } from '../../src/hosts/local/local.ts'
import { ownPath } from '../../src/hosts/own-path.ts'
import { nothing } from '../../src/model/host.ts'

describe("a path of a file of certwright's own", () => {
  it.each([
    ['', '/home/op/state', '/var/lib/certwright/alarms.json', '/home/op/state/alarms.json'],
    ['', '/home/op/state', '/var/lib/certwright/services/web', '/home/op/state/services/web'],
    ['', '/home/op/state', '/var/lib/certwrights/x', '/var/lib/certwrights/x'],
    ['', '/home/op/state', '/etc/x', '/etc/x'],
    ['/root', '/root/var/lib/certwright', '/var/lib/certwright/a', '/var/lib/certwright/a'],
  ])('below "%s", with state in %s, %s is %s', (root, state, path, own) => {
    expect(ownPath(root, state, path)).toBe(own)
  })

  it('is written and read where the host keeps them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'certwright-own-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const host = createLocalHost({ name: 'local', state: join(folder, 'state') })
    const path = '/var/lib/certwright/services/web'
    await host.writeState(path, 'one\n')
    expect(readFileSync(join(folder, 'state/services/web'), 'utf8')).toBe('one\n')
    expect((await host.gather({ ...nothing, texts: [path] })).texts).toMatchObject([{ text: 'one\n' }])
    expect(existsSync(path)).toBe(false)
  })
})
