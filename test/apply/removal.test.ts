import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Change } from '../../src/model/change.ts'
import type { Plan, PlannedFile } from '../../src/model/plan.ts'
import { type Engine, makeEngine, smallPolicy } from '../support/engine.ts'

const address = 'node-1/certificate/leaf'

/** A plan for these files of the leaf, and for nothing else. */
async function planFiles(
  engine: Engine,
  files: readonly Omit<PlannedFile, 'address' | 'mode'>[],
): Promise<Plan> {
  const plan = await engine.plan()
  const state = { serial: '01', subject: 'leaf', notBefore: '', notAfter: '', fingerprint: null, key: null }
  const paths = files.map(({ path }) => path)
  const reasons = [{ code: 'copy-differs' as const, message: 'it is no longer wanted' }]
  const base = {
    address,
    host: 'node-1',
    kind: 'certificate' as const,
    name: 'leaf',
    action: 'update' as const,
  }
  const change: Change = { ...base, reasons, before: state, after: null, paths, notes: [] }
  const task = {
    kind: 'install' as const,
    id: 'install node-1',
    batch: 0,
    host: 'node-1',
    addresses: [address],
  }
  const nothing = { folders: [], pairs: [], together: [], unfit: [] }
  const written = files.map((file): PlannedFile => ({ ...file, address, mode: 0o600 }))
  return { ...plan, changes: [change], tasks: [{ ...task, ...nothing, files: written }] }
}

function removal(engine: Engine, path: string): Omit<PlannedFile, 'address' | 'mode'> {
  const sha256 = createHash('sha256').update(engine.read(path)).digest('hex')
  return { path, content: { what: 'certificate', from: 'removed' }, expect: { kind: 'certificate', sha256 } }
}

function reordering(engine: Engine, path: string): Omit<PlannedFile, 'address' | 'mode'> {
  const content = { what: 'certificate', from: 'text', pem: 'other bytes' } as const
  return { ...removal(engine, path), content, keepsTime: true }
}

const [certificate, key] = ['/pki/leaf.crt', '/pki/leaf.key']

it.each([
  ['all of it', [certificate, key], [], '2 files removed'],
  ['one file', [key], [], '/pki/leaf.key removed'],
  ['one of two', [key], [certificate], '1 file installed, 1 removed'],
  ['two of three', [certificate, key], ['/pki/ca.crt'], '1 file installed, 2 removed'],
])(
  'what is removed is told as removed, in the result and in the audit log: %s',
  async (_, gone, written, detail) => {
    const engine = await makeEngine(smallPolicy())
    await engine.apply()
    const root = engine.root()
    for (const path of written) utimesSync(join(root, path), 1_600_000_000, 1_600_000_000)
    const files = [
      ...gone.map((path) => removal(engine, path)),
      ...written.map((path) => reordering(engine, path)),
    ]
    const { outcomes } = await engine.apply(undefined, { plan: await planFiles(engine, files) })
    expect(outcomes.find((each) => each.address === address)).toMatchObject({
      status: 'done',
      action: 'update',
      detail,
    })
    expect(gone.filter((path) => existsSync(join(root, path)))).toEqual([])
    for (const path of written) {
      expect(engine.read(path).toString()).toBe('other bytes')
      expect(statSync(join(root, path)).mtimeMs).toBe(1_600_000_000_000)
    }
    const paths = files.map(({ path }) => path)
    expect(
      readLog(engine)
        .filter((each) => each.address === address)
        .slice(-2),
    ).toMatchObject([
      { outcome: 'planned', action: 'update', paths, old: { serial: '01' }, new: null },
      { outcome: 'done', action: 'update', paths, old: { serial: '01' }, new: null, detail },
    ])
  },
)

function readLog({ folder }: Engine): { address?: string }[] {
  const file = readdirSync(join(folder, 'state')).find(
    (name) => name.startsWith('audit') && !name.includes('head'),
  )
  return readFileSync(join(folder, 'state', file ?? ''), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
