import { X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certwright, run } from '../support/certwright.ts'
import { type Etcd, prepareEtcd } from '../support/etcd.ts'
import { writeFiles } from '../support/workspace.ts'

/** The shipped policy, driven by a script instead of StarlingX's own commands, on a port of its own. */
async function writePlaybook(folder: string, root: string, etcd: Etcd): Promise<void> {
  const shipped = readFileSync(resolve('playbooks/policies/starlingx-etcd.yml'), 'utf8')
  const policy = shipped
    .replace('127.0.0.1:2379', `127.0.0.1:${etcd.port}`)
    .replace('restart: [sm-restart-safe, service, etcd]', `restart: [${etcd.control}, restart]`)
    .replace('is_active: [pgrep, -x, etcd]', `is_active: [${etcd.control}, active]`)
    .replace('uptime: [ps, -o, etimes=, -C, etcd]', `uptime: [${etcd.control}, uptime]`)
  const play = (onFailure: string) =>
    `- { name: etcd, hosts: controllers, policy: policies/starlingx-etcd.yml, on_failure: ${onFailure} }\n`
  await writeFiles(folder, {
    'policies/starlingx-etcd.yml': policy,
    'keep.yml': play('keep'),
    'rollback.yml': play('rollback'),
    'inventory.yml': `
controllers:
  hosts:
    controller-0: { ansible_connection: local, certwright_root: ${root} }
  vars:
    cluster_floating_address: 127.0.0.1
    make_shared_config: true
    apiserver_manager: none
    platform_alarms: false
    key_type: ECDSA
    key_size: 256
    validity: 365d
`,
  })
}

function servedFingerprint(port: number): Promise<string> {
  return new Promise((settle, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      settle(socket.getPeerX509Certificate()?.fingerprint256 ?? 'none')
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

describe('the etcd certificates of a controller, with a real etcd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-e2e-'))
  const root = join(folder, 'root')
  const inRoot = (path: string) => join(root, path)
  const read = (path: string) => readFileSync(inRoot(path))
  let etcd: Etcd

  const apply = (playbook: string, ...args: string[]) =>
    certwright(['apply', `${playbook}.yml`, '-i', 'inventory.yml', '--auto-approve', ...args], {
      cwd: folder,
    })
  const plan = async (playbook: string, ...args: string[]) => {
    const ran = await certwright(
      ['plan', `${playbook}.yml`, '-i', 'inventory.yml', '--format', 'json', ...args],
      { cwd: folder },
    )
    return JSON.parse(ran.stdout)
  }
  const actions = async (playbook: string, ...args: string[]): Promise<string[]> =>
    (await plan(playbook, ...args)).changes.map(
      (change: { action: string; name: string }) => `${change.action} ${change.name}`,
    )
  const alarms = (): { id: string; reason: string; repair: string }[] =>
    existsSync(inRoot('var/lib/certwright/alarms.json'))
      ? JSON.parse(read('var/lib/certwright/alarms.json').toString()).alarms
      : []
  /** A Root CA is only replaced where somebody says so. */
  const allow = ['--allow', 'authorities=1']
  const copyOfKey = 'opt/platform/config/current/etcd/ca.key'
  const loseAuthority = () => {
    for (const key of ['etc/etcd/ca.key', copyOfKey]) rmSync(inRoot(key), { force: true })
  }

  beforeAll(async () => {
    etcd = await prepareEtcd(folder, root)
    await writePlaybook(folder, root, etcd)
  })
  afterAll(() => {
    etcd.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('are made from nothing while etcd is stopped, and etcd is not started', async () => {
    const ran = await apply('keep')
    expect(ran.stderr).not.toContain('error')
    expect(ran.code).toBe(0)
    expect(existsSync(join(folder, 'etcd.pid'))).toBe(false)
    expect(await actions('keep')).toEqual([])
  })

  it('let etcd serve the issued certificate', async () => {
    etcd.start()
    await expect
      .poll(() => servedFingerprint(etcd.port).catch(() => ''), { timeout: 20_000 })
      .toBe(new X509Certificate(read('etc/etcd/etcd-server.crt')).fingerprint256)
    const status = await certwright(['status', 'keep.yml', '-i', 'inventory.yml', '--format', 'json'], {
      cwd: folder,
    })
    const server = JSON.parse(status.stdout).certificates.find(
      (each: { name: string }) => each.name === 'etcd-server',
    )
    expect(server).toMatchObject({ state: 'ok', served: 'yes', reasons: [] })
    expect(await actions('keep')).toEqual([])
  })

  it.each([
    ['etcd-client', 'etc/etcd/etcd-client'],
    ['apiserver-etcd-client', 'etc/kubernetes/pki/apiserver-etcd-client'],
  ])('let %s write over mTLS', async (_name, stem) => {
    await expect
      .poll(async () => (await etcd.put(`${stem}.crt`, `${stem}.key`)).stdout, { timeout: 20_000 })
      .toBe('OK\n')
  })

  it('are renewed within 15 days of expiry and served without a restart', async () => {
    const pid = etcd.pid()
    const before = await servedFingerprint(etcd.port)
    const at = new Date(Date.now() + 351 * 86_400_000).toISOString().slice(0, 10)
    expect(await actions('keep', '--at', at)).toEqual([
      'renew etcd-server',
      'renew etcd-client',
      'renew apiserver-etcd-client',
    ])
    const ran = await apply('keep', '--at', at)
    expect(ran.stdout).toContain('serves sha256:')
    expect(ran.code).toBe(0)
    const served = await servedFingerprint(etcd.port)
    expect(served).not.toBe(before)
    expect(served).toBe(new X509Certificate(read('etc/etcd/etcd-server.crt')).fingerprint256)
    expect(etcd.pid()).toBe(pid)
    expect(await actions('keep', '--at', at)).toEqual([])
  })

  it('owe a restart when the Root CA is replaced, which the plan says and apply performs and proves', async () => {
    loseAuthority()
    const pid = etcd.pid()
    const refused = await plan('keep')
    expect(refused.problems[0]).toMatchObject({
      code: 'guard-exceeded',
      hint: expect.stringContaining('--allow authorities=1'),
    })
    expect(refused.summary).toMatchObject({ replace: 0, restart: 0, refused: 5 })
    const planned = await plan('keep', ...allow)
    expect(planned.summary).toMatchObject({ replace: 4, restart: 1 })
    const restart = planned.changes.find((change: { action: string }) => change.action === 'restart')
    expect(restart.reasons.map((reason: { code: string }) => reason.code)).toContain('uses-changed')
    const ran = await apply('keep', ...allow)
    expect(ran.stderr).not.toContain('failed')
    expect(ran.code).toBe(0)
    expect(etcd.pid()).not.toBe(pid)
    expect((await etcd.put('etc/etcd/etcd-client.crt', 'etc/etcd/etcd-client.key')).stdout).toBe('OK\n')
    expect(await actions('keep')).toEqual([])
    const verified = await run('openssl', [
      'verify',
      '-x509_strict',
      '-CAfile',
      inRoot('etc/etcd/ca.crt'),
      inRoot('etc/etcd/etcd-server.crt'),
    ])
    expect(verified.stdout).toContain('OK')
  })

  describe('when the restart command fails', () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16)

    it('raise 250.003, and keep it raised until a restart is proved', async () => {
      loseAuthority()
      etcd.breakRestart(true)
      const failed = await apply('keep', ...allow)
      expect(failed.code).toBe(6)
      expect(alarms()).toMatchObject([
        { id: '250.003', reason: expect.stringContaining('not all services have been updated') },
      ])
      expect(alarms()[0]?.repair).toContain('the service manager is away')

      expect(await actions('keep', '--at', tomorrow)).toEqual(['restart etcd', 'clear 250.003'])
      expect((await apply('keep', '--at', tomorrow)).code).toBe(6)
      expect(alarms()).toHaveLength(1)

      etcd.breakRestart(false)
      const mended = await apply('keep', '--at', tomorrow)
      expect(mended.code).toBe(0)
      expect(alarms()).toEqual([])
      expect(await actions('keep', '--at', tomorrow)).toEqual([])
    })

    it('are put back with on_failure: rollback, and the alarm says that renewal failed', async () => {
      const shortLived = ['-e', 'authority_validity=400d']
      const soon = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10)
      loseAuthority()
      expect((await apply('rollback', ...shortLived, ...allow)).code).toBe(0)
      const before = ['ca.crt', 'ca.key', 'etcd-server.crt', 'etcd-server.key'].map((file) =>
        read(`etc/etcd/${file}`),
      )
      const pid = etcd.pid()

      etcd.breakRestart(true)
      expect(await actions('rollback', ...shortLived, '--at', soon)).toContain('renew etcd-ca')
      const ran = await apply('rollback', ...shortLived, '--at', soon)
      expect(ran.stdout).toContain('rolled-back')
      expect(ran.code).toBe(6)
      expect(
        ['ca.crt', 'ca.key', 'etcd-server.crt', 'etcd-server.key'].map((file) => read(`etc/etcd/${file}`)),
      ).toEqual(before)
      expect(etcd.pid()).toBe(pid)
      expect((await etcd.put('etc/etcd/etcd-client.crt', 'etc/etcd/etcd-client.key')).stdout).toBe('OK\n')
      expect(alarms()).toMatchObject([
        { id: '250.003', reason: 'Kubernetes certificates renewal failed. A service failed.' },
      ])

      etcd.breakRestart(false)
      const mended = await apply('rollback', ...shortLived, '--at', soon)
      expect(mended.code).toBe(0)
      expect(alarms()).toEqual([])
    })
  })
})
