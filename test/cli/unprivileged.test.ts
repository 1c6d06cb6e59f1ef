import { chownSync, cpSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from '../support/certwright.ts'
import { makeFolder } from '../support/workspace.ts'

const uid = 54321

/** The shipped cluster policy, a home, and two members below roots that belong to an operator who is not root. */
async function makeOperator() {
  const folder = makeFolder()
  const home = join(folder, 'home')
  for (const name of ['home', 'node-1', 'node-2']) {
    mkdirSync(join(folder, name))
    chownSync(join(folder, name), uid, uid)
  }
  cpSync('playbooks', join(folder, 'playbooks'), { recursive: true })
  const hosts = [1, 2].map(
    (index) =>
      `        node-${index}: { ansible_connection: local, certwright_root: ${folder}/node-${index}, member_address: 10.0.0.${index} }`,
  )
  writeFileSync(
    join(folder, 'inventory.yml'),
    `all:\n  children:\n    etcd:\n      vars: { member_manager: none }\n      hosts:\n${hosts.join('\n')}\n`,
  )
  await run('chmod', ['-R', 'a+rX', folder])
  const go = (args: readonly string[], env: readonly string[] = []) =>
    run('setpriv', [
      `--reuid=${uid}`,
      `--regid=${uid}`,
      '--clear-groups',
      ...['env', '-i', `HOME=${home}`, `PATH=${process.env.PATH}`, ...env],
      process.execPath,
      resolve('dist/main.js'),
      ...args,
      join(folder, 'playbooks/etcd-cluster.yml'),
      '-i',
      join(folder, 'inventory.yml'),
    ])
  return { folder, home, go }
}

/** Where somebody else may read this checkout. */
const canRun =
  process.getuid?.() === 0 &&
  (
    await run('setpriv', [
      `--reuid=${uid}`,
      `--regid=${uid}`,
      '--clear-groups',
      'test',
      '-r',
      resolve('dist/main.js'),
    ])
  ).code === 0

describe.runIf(canRun)('an operator who is not root', () => {
  it('holds the authority of a cluster on a control node, in folders of his own', async () => {
    const { home, go } = await makeOperator()
    expect(await go(['apply', '--auto-approve'])).toMatchObject({ code: 0 })
    const key = statSync(join(home, '.local/share/certwright/authorities/etcd-ca.key'))
    expect([key.uid, key.mode & 0o777]).toEqual([uid, 0o600])
    expect(statSync(join(home, '.local/state/certwright/lock')).uid).toBe(uid)
    const second = await go(['plan', '--detailed-exitcode'])
    expect(second).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing to do: 9 certificates'),
    })
  })

  it('goes by XDG where that is set', async () => {
    const { folder, home, go } = await makeOperator()
    const env = [`XDG_STATE_HOME=${home}/state`, `XDG_DATA_HOME=${home}/data`]
    expect(await go(['apply', '--auto-approve'], env)).toMatchObject({ code: 0 })
    expect(statSync(join(home, 'data/certwright/authorities/etcd-ca.key')).uid).toBe(uid)
    expect(statSync(join(home, 'state/certwright/audit.jsonl')).uid).toBe(uid)
    expect(statSync(join(folder, 'node-1/etc/etcd/pki/server.crt')).uid).toBe(uid)
  })

  it('is told in one line which folder he may not write to, and nothing is changed', async () => {
    const { folder, go } = await makeOperator()
    const ran = await go(['apply', '--auto-approve'], [`CERTWRIGHT_STATE_DIR=${folder}/of-root`])
    expect(ran.code).toBe(7)
    expect(ran.stderr).toMatch(
      /error: control: the lock of the host cannot be taken: .*of-root: permission denied\n {2}hint: name a folder that you may write to: CERTWRIGHT_STATE_DIR/,
    )
    expect(() => statSync(join(folder, 'node-1/etc'))).toThrow('ENOENT')
  })

  it('is led nowhere by a link in the place of that folder', async () => {
    const { folder, home, go } = await makeOperator()
    mkdirSync(join(home, '.local/state'), { recursive: true })
    mkdirSync(join(folder, 'elsewhere'))
    symlinkSync(join(folder, 'elsewhere'), join(home, '.local/state/certwright'))
    await run('chown', ['-R', `${uid}:${uid}`, join(home, '.local')])
    expect((await go(['apply', '--auto-approve'])).code).toBe(7)
  })
})
