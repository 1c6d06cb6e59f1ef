import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { writeFiles } from '../support/workspace.ts'
import { expectCode } from './expect-code.ts'
import { day, makeAuthority, signWithoutKeyId } from './made-elsewhere.ts'
import { type Member, openMember, type Wanted } from './member.ts'
import { startWriters } from './writers.ts'

let member: Member
afterEach(() => member?.close())

/** In use, as it was made from a policy. */
async function begin(wanted: Wanted = {}): Promise<Member> {
  member = await openMember()
  await member.write(wanted)
  expectCode(await member.apply(), 0)
  await member.start()
  return member
}

describe('one etcd whose operator lets nobody restart it for a rotation', { timeout: 400_000 }, () => {
  it('uses another CA in the same process, without a failed write, and drops the old one when somebody restarts it', async () => {
    const rotation = '{ method: bridge, start: automatic, distrust: next_restart }'
    const { etcd, ...on } = await begin({ rotation })
    const [pid, [old]] = [etcd.pid(), on.certificates('ca.crt')]
    const writers = startWriters(on.client)
    expectCode(await on.rotate(), 0)
    expect(on.alarms()).toEqual(['500.220'])
    for (const night of [1, 2]) {
      const ran = await on.apply()
      expectCode(ran, 0)
      expect(ran.stdout, `night ${night}`).toContain('Nothing')
    }
    const { acknowledged, errors, ...written } = await writers.stop()
    expect(written, errors.join('\n')).toEqual({ failed: { lasting: 0, retrying: 0, fresh: 0 }, lost: 0 })
    expect(Object.values(acknowledged).every((count) => count > 20)).toBe(true)
    expect(etcd.pid()).toBe(pid)
    expect(on.certificates('ca.crt').map(({ fingerprint256 }) => fingerprint256)).not.toContain(
      old?.fingerprint256,
    )

    etcd.stop()
    await on.start()
    expectCode(await on.apply(), 0)
    expect(on.alarms()).toEqual([])
    expect(on.certificates('etcd-server.crt')).toHaveLength(1)
    expect(on.files().filter((file) => /next|previous/.test(file))).toEqual([])
    expect((await on.plan()).changes).toEqual([])
  })
})

/** Its whole way; what it did in which order. */
async function rotateAll({ rotate, ...on }: Member, ...args: string[]) {
  const ran = await rotate('--format', 'json', ...args)
  expectCode(ran, 0)
  await on.expectInUse()
  const { outcome, steps } = JSON.parse(ran.stdout)
  return { outcome, phases: steps.flatMap((step: { phases: string[] }) => step.phases) }
}

const byBridge = { outcome: 'done', phases: ['prepare', 'sign', 'distrust', 'finish'] }
const byBundle = { outcome: 'done', phases: ['prepare', 'trust', 'sign', 'distrust', 'finish'] }
/** Another CA that somebody brings is made already. */
const supplied = { outcome: 'done', phases: ['trust', 'sign', 'distrust', 'finish'] }
const keyFile = 'private_key: { path: /etc/etcd/ca.key }'
const bringing = (name: string) =>
  `supplied: { certificate: files/${name}.crt, private_key: files/${name}.key }`

describe('one etcd whose old CA', { timeout: 400_000 }, () => {
  it('allows no CA below it comes to trust both for a time', async () => {
    const on = await begin({ pathLength: 0 })
    await on.write({ pathLength: 0, rotation: '{ method: auto }' })
    const [old] = on.certificates('ca.crt')
    const writers = startWriters(on.client)
    const pid = on.etcd.pid()
    expect(await rotateAll(on)).toEqual(byBundle)
    const { failed, lost, errors } = await writers.stop()
    expect({ retrying: failed.retrying, lost }, errors.join('\n')).toEqual({ retrying: 0, lost: 0 })
    expect(on.etcd.pid()).not.toBe(pid)
    expect(on.certificates('ca.crt')[0]?.raw).not.toEqual(old?.raw)
    expect((await on.plan()).changes).toEqual([])
  })

  it('allows no CA below it gets no bridge, and nothing is written, where the policy wants one', async () => {
    const on = await begin({ pathLength: 0 })
    await on.write({ pathLength: 0, rotation: '{ method: bridge }' })
    const before = on.snapshot()
    const ran = await on.rotate()
    expectCode(ran, 7)
    expect(ran.stdout).toContain("there can be no bridge: the old one's path length is 0")
    expect(on.snapshot()).toEqual(before)
  })

  it('has expired is refused, for nothing can be trusted beside it, and the way out is told', async () => {
    const on = await begin()
    await on.bring('old', await makeAuthority('etcd-ca', Date.now() - day))
    for (const end of ['crt', 'key'])
      writeFileSync(on.path(`ca.${end}`), readFileSync(join(on.folder, `files/old.${end}`)))
    const before = on.snapshot()
    const ran = await on.rotate()
    expectCode(ran, 7)
    expect(ran.stdout + ran.stderr).toContain('expired')
    expect(ran.stdout + ran.stderr).toContain('--no-overlap')
    expect(on.snapshot()).toEqual(before)
  })

  it('has lost its key is followed all the same, as a bundle', async () => {
    const on = await begin()
    rmSync(on.path('ca.key'))
    expect(await rotateAll(on)).toEqual(byBundle)
    expect(on.files()).toContain('ca.key')
    expect((await on.plan()).changes).toEqual([])
  })

  it('has signed leaves that do not say by which key is followed behind a bridge all the same', async () => {
    const on = await begin()
    for (const leaf of ['etcd-server', 'etcd-client']) await signWithoutKeyId(on, leaf)
    const writers = startWriters(on.client)
    expect(await rotateAll(on)).toEqual(byBridge)
    const { failed, lost, errors } = await writers.stop()
    expect({ retrying: failed.retrying, lost }, errors.join('\n')).toEqual({ retrying: 0, lost: 0 })
    expect((await on.plan()).changes).toEqual([])
  })

  it('shares its file with others that somebody trusts keeps these, and says so', async () => {
    const on = await begin()
    const foreign = await makeAuthority('somebody-else')
    appendFileSync(on.path('ca.crt'), foreign.certificate.pem)
    const told = (await on.apply('-v')).stdout
    for (const phase of ['prepare', 'sign', 'distrust', 'finish']) {
      expectCode(await on.rotate('--until', phase), 0)
      expect(on.read('ca.crt'), phase).toContain(foreign.certificate.pem)
    }
    expect(on.certificates('ca.crt').map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/etcd-ca\nserialNumber=/),
      'CN=somebody-else',
    ])
    await on.expectInUse()
    expect(told).toContain('somebody-else')
  })
})

describe('one etcd that gets another CA from somebody', { timeout: 400_000 }, () => {
  it('takes it step by step, and the old one again when that is brought', async () => {
    const on = await begin()
    const [old] = on.certificates('ca.crt')
    await writeFiles(on.folder, { 'files/old.crt': on.read('ca.crt'), 'files/old.key': on.read('ca.key') })
    await on.bring('new', await makeAuthority('brought'))
    await on.write({ authority: [keyFile, bringing('new')] })
    expect(await rotateAll(on)).toEqual(supplied)
    expect(on.certificates('ca.crt').map(({ subject }) => subject)).toEqual(['CN=brought'])
    await on.write({ authority: [keyFile, bringing('old')] })
    expectCode(await on.apply(), 0)
    expect(on.certificates('ca.crt').map(({ subject }) => subject)).toEqual(['CN=brought'])
    expect(await rotateAll(on)).toEqual(supplied)
    expect(on.certificates('ca.crt').map(({ raw }) => raw)).toEqual([old?.raw])
    expect((await on.plan()).changes).toEqual([])
  })

  it('of the same name does not mix them up', async () => {
    const on = await begin()
    const same = await makeAuthority('etcd-ca')
    await on.bring('same', same)
    await on.write({ authority: [keyFile, bringing('same')] })
    expect(await rotateAll(on)).toEqual(supplied)
    expect(on.read('ca.crt')).toBe(same.certificate.pem)
    expect((await on.plan()).changes).toEqual([])
  })

  it('whose key a command keeps takes that one step by step, and the one before again', async () => {
    const on = await begin()
    await writeFiles(on.folder, { 'files/old.crt': on.read('ca.crt'), 'files/old.key': on.read('ca.key') })
    await on.bring('kept', await makeAuthority('kept'))
    const command = `[openssl, dgst, -sha256, -sign, ${on.folder}/files/kept.key]`
    await on.write({
      authority: [`supplied: { certificate: files/kept.crt, signer: { command: ${command} } }`],
    })
    expect(await rotateAll(on)).toEqual(supplied)
    expect(on.certificates('ca.crt').map(({ subject }) => subject)).toEqual(['CN=kept'])
    expect((await on.plan()).changes).toEqual([])
    await on.write({ authority: [keyFile, bringing('old')] })
    expect(await rotateAll(on)).toEqual(supplied)
    expect(on.certificates('ca.crt').map(({ subject }) => subject)).toEqual(['CN=etcd-ca'])
    expect((await on.plan()).changes).toEqual([])
  })
})

describe('one etcd whose policy changes', { timeout: 400_000 }, () => {
  it('from RSA to ECDSA gets there night after night, and nothing is swapped', async () => {
    const on = await begin({ key: '{ type: RSA, size: 2048 }' })
    await on.write({ rotation: '{ start: automatic }' })
    const seen: string[] = []
    for (let night = 0; night < 8 && (await on.plan()).changes.length > 0; night += 1) {
      const [rotation] = (await on.plan()).rotations
      seen.push(rotation?.phase ?? 'none')
      expectCode(await on.apply(), 0)
      await on.expectInUse()
    }
    expect(seen).toEqual(byBridge.phases)
    expect(on.certificates('ca.crt').map(({ publicKey }) => publicKey.asymmetricKeyType)).toEqual(['ec'])
  })

  it('in the name of its CA keeps the old one until somebody rotates', async () => {
    const on = await begin()
    const before = on.snapshot()
    const subject = '{ common_name: another-ca }'
    await on.write({ subject })
    expectCode(await on.apply(), 0)
    expect(on.snapshot()).toEqual(before)
    expect(await rotateAll(on)).toEqual(byBridge)
    expect(on.certificates('ca.crt')[0]?.subject).toMatch(/^CN=another-ca/)
    expect((await on.plan()).changes).toEqual([])
  })
})

describe('one etcd with a CA between', { timeout: 400_000 }, () => {
  const between = (days: number, before: number) => `
  sub:
    authority: etcd-ca
    subject: { common_name: sub }
    path_length: 0
    certificate: { path: /etc/etcd/sub.crt }
    private_key: { path: /etc/etcd/sub.key }
    validity: ${days}d
    renew_before: ${before}d
`
  it('has it follow the root, and renews it as ever without the root', async () => {
    const wanted = { pathLength: 2, signedBy: 'sub' }
    const on = await begin({ ...wanted, authorities: between(400, 10) })
    const sub = on.read('sub.crt')
    expect(await rotateAll(on)).toEqual(byBridge)
    expect(on.read('sub.crt')).not.toBe(sub)
    const [root, next] = [on.read('ca.crt'), on.read('sub.crt')]
    const pid = on.etcd.pid()
    await on.write({ ...wanted, authorities: between(600, 500) })
    expectCode(await on.apply(), 0)
    expect(on.read('ca.crt')).toBe(root)
    expect(on.read('sub.crt')).not.toBe(next)
    expect(on.etcd.pid()).toBe(pid)
    await on.expectInUse()
    expect((await on.plan()).changes).toEqual([])
  })
})
