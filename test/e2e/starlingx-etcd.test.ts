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
    .replaceAll('127.0.0.1:2379', `127.0.0.1:${etcd.port}`)
    // No API server runs here that could be asked whom it trusts.
    .replace('uses: { apiserver-etcd-client: hot, etcd-ca: restart }', 'uses: { apiserver-etcd-client: hot }')
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
  const rotate = (playbook: string, ...args: string[]) =>
    certwright(['rotate', `${playbook}.yml`, 'etcd-ca', '-i', 'inventory.yml', '--auto-approve', ...args], {
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

  const write = async () => (await etcd.put('etc/etcd/etcd-client.crt', 'etc/etcd/etcd-client.key')).stdout
  const ofRenewal = () => alarms().filter(({ id }) => id === '250.003')

  it("stay when their Root CA's key is lost, until somebody asks for another one at once", async () => {
    // Those of the year after are not valid yet.
    expect((await apply('keep')).code).toBe(0)
    loseAuthority()
    const pid = etcd.pid()
    expect((await plan('keep')).summary).toMatchObject({ replace: 0, restart: 0 })
    expect((await apply('keep')).code).toBe(0)
    expect(alarms()).toMatchObject([{ id: '500.220' }])
    expect((await rotate('keep', '--no-overlap')).code).toBe(7)
    expect(etcd.pid()).toBe(pid)

    const ran = await rotate('keep', '--no-overlap', ...allow)
    expect(ran.stderr).not.toContain('failed')
    expect(ran.code).toBe(0)
    expect(etcd.pid()).not.toBe(pid)
    expect(await write()).toBe('OK\n')
    expect(alarms()).toEqual([])
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

  it('get another Root CA phase by phase, with one restart', async () => {
    const pid = etcd.pid()
    expect((await rotate('keep', '--until', 'sign')).code).toBe(0)
    expect(etcd.pid()).toBe(pid)
    expect(await write()).toBe('OK\n')
    expect((await rotate('keep')).code).toBe(0)
    expect(etcd.pid()).not.toBe(pid)
    expect(await write()).toBe('OK\n')
    expect(alarms()).toEqual([])
    expect(await actions('keep')).toEqual([])
  })

  describe('when the restart command fails', () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16)

    it('raise 250.003, and keep it raised until a restart is proved', async () => {
      etcd.breakRestart(true)
      const failed = await rotate('keep')
      expect(failed.code).toBe(6)
      expect(ofRenewal()).toMatchObject([
        { reason: expect.stringContaining('not all services have been updated') },
      ])
      expect(ofRenewal()[0]?.repair).toContain('the service manager is away')

      expect(await actions('keep', '--at', tomorrow)).toContain('restart etcd')
      expect((await apply('keep', '--at', tomorrow)).code).toBe(6)
      expect(ofRenewal()).toHaveLength(1)

      etcd.breakRestart(false)
      expect((await apply('keep', '--at', tomorrow)).code).toBe(0)
      expect(ofRenewal()).toEqual([])
      expect((await rotate('keep')).code).toBe(0)
      expect(alarms()).toEqual([])
      expect(await actions('keep', '--at', tomorrow)).toEqual([])
    })

    it('are put back with on_failure: rollback, and the alarm says what failed', async () => {
      expect((await rotate('rollback', '--until', 'sign')).code).toBe(0)
      const files = ['ca.crt', 'ca.key', 'etcd-server.crt', 'etcd-server.key']
      const before = files.map((file) => read(`etc/etcd/${file}`))
      const pid = etcd.pid()

      etcd.breakRestart(true)
      const ran = await rotate('rollback')
      expect(ran.stdout).toContain('rolled-back')
      expect(ran.code).toBe(6)
      expect(files.map((file) => read(`etc/etcd/${file}`))).toEqual(before)
      expect(etcd.pid()).toBe(pid)
      expect(await write()).toBe('OK\n')
      expect(ofRenewal()).toMatchObject([
        { reason: expect.stringContaining('not all services have been updated') },
      ])

      etcd.breakRestart(false)
      expect((await rotate('rollback')).code).toBe(0)
      expect(alarms()).toEqual([])
    })
  })
})
