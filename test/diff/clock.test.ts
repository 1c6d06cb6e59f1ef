import { chownSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findBehind } from '../../src/diff/holds/clock.ts'
import type { HostActual } from '../../src/model/actual.ts'
import { distinct } from '../support/distinct.ts'
import { makeEngine, smallPolicy } from '../support/engine.ts'

const clockMs = Date.parse('2026-11-23T00:00:00Z')
const stat = (modifiedMs: number) => ({
  mode: 0o600,
  owner: 'root',
  group: 'root',
  size: 1,
  links: 1,
  accessList: false,
  modifiedMs,
})
const host = (modifiedMs: number): HostActual => ({
  kind: 'observed',
  host: 'node-1',
  clockMs,
  clockAheadMs: 0,
  certificates: {
    '/pki/old.crt': { kind: 'not-a-certificate', stat: stat(0), sha256: '', detail: '' },
    '/pki/leaf.crt': { kind: 'not-a-certificate', stat: stat(modifiedMs), sha256: '', detail: '' },
  },
  privateKeys: { '/pki/leaf.key': { kind: 'absent' } },
  missingFolders: [],
  disks: [],
  unknownOwners: [],
  managesOwnership: true,
  services: {},
  alarms: [],
  sinks: [],
  interrupted: [],
})
const find = (modifiedMs: number, builtMs?: number) =>
  findBehind(host(modifiedMs), { issuances: [], ...(builtMs === undefined ? {} : { builtMs }) })

describe('a clock is behind', () => {
  it.each([
    [60_000, false],
    [60_001, true],
  ])('when the newest file was written %d ms later: %s', (ms, behind) => {
    expect(find(clockMs + ms).length > 0).toBe(behind)
  })

  it('and the message names the file and both times', () => {
    expect(find(clockMs + 7_200_000)).toMatchObject([
      {
        host: 'node-1',
        code: 'clock-behind',
        path: '/pki/leaf.crt',
        message: 'its clock says 2026-11-23T00:00:00Z, and /pki/leaf.crt was written at 2026-11-23T02:00:00Z',
      },
    ])
  })

  it.each([
    [60_000, false],
    [60_001, true],
  ])('when this program was built %d ms later: %s', (ms, behind) => {
    expect(find(0, clockMs + ms).map(({ message }) => message.includes('was built at'))).toEqual(
      behind ? [true] : [],
    )
  })
})

it('a host whose clock is behind its own files is left alone, whatever --at says', async () => {
  const engine = await makeEngine(smallPolicy())
  await engine.apply()
  const ahead = Date.now() / 1000 + 3600
  utimesSync(join(engine.root(), 'pki/leaf.crt'), ahead, ahead)
  const { problems, changes } = await engine.plan('2030-01-01T00:00:00Z')
  expect(problems).toMatchObject([{ code: 'clock-behind', path: '/pki/leaf.crt' }])
  expect(distinct(changes.map(({ kind }) => kind))).toEqual(['alarm'])
})

it.runIf(process.getuid?.() === 0)(
  'a file of somebody else says something about its own pair only',
  async () => {
    const engine = await makeEngine(smallPolicy('copies: [{ certificate: /copy/leaf.crt }]'))
    await engine.apply()
    const ahead = Date.now() / 1000 + 3600
    const pretend = (path: string) => {
      chownSync(join(engine.root(), path), 65534, 65534)
      utimesSync(join(engine.root(), path), ahead, ahead)
    }
    const tell = async () => {
      const { problems, changes } = await engine.plan('2037-01-01T00:00:00Z')
      return [
        ...problems.map(({ code, path }) => (path ? `${code} ${path}` : code)),
        ...changes.filter(({ kind }) => kind !== 'alarm').map(({ action, name }) => `${action} ${name}`),
      ]
    }
    pretend('copy/leaf.crt')
    expect(await tell()).toEqual(['clock-behind /copy/leaf.crt', 'rotation-refused', 'depends-on-blocked'])
    pretend('pki/leaf.crt')
    expect(await tell()).toEqual([
      'clock-behind /pki/leaf.crt',
      'clock-behind /copy/leaf.crt',
      'rotation-refused',
    ])
  },
)
