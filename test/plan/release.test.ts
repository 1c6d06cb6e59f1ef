import { expect, it } from 'vitest'
import { findUnknownReleases } from '../../src/cli/release.ts'
import type { StandingAlarm } from '../../src/model/actual.ts'
import { rulesOf } from '../support/alarms.ts'
import { alarmContext } from '../support/difference.ts'

const wanted = (policy: string, path: string) =>
  ({ wantedBy: [{ policy, certificates: [path] }] }) as unknown as StandingAlarm

it.each<[names: string[], unknown: string[]]>([
  [[], []],
  [['gone'], []],
  [['gone', 'twin'], []],
  [['gonne'], ['gonne']],
  [['test', 'gone'], ['test']],
])('--release %j says of %j that there is nothing to let go of', (names, unknown) => {
  const rules = rulesOf({ certificates: ['/leaf.crt'], released: names })
  const alarms = [wanted('test', '/leaf.crt'), wanted('gone', '/gone.crt'), wanted('twin', '/twin.crt')]
  const { desired, actual } = alarmContext({ n: [rules] }, { n: { alarms } })
  const found = findUnknownReleases(desired, actual, names)
  expect(found.map(({ code, message }) => [code, message.split(/[ :]+/)[1]])).toEqual(
    unknown.map((name) => ['unknown-policy', name]),
  )
  for (const { hint } of found) expect(hint).toContain('gone, twin')
})
