import { expect, it } from 'vitest'
import { base } from '../cases/load/base.ts'
import { loadFiles } from '../support/load.ts'

it.each([
  ['nothing', '', { id: '500.220', severity: 'minor' }],
  ['an id', '  rotation: { id: "900.1" }\n', { id: '900.1', severity: 'minor' }],
  ['a severity', '  rotation: { severity: warning }\n', { id: '500.220', severity: 'warning' }],
])('a policy that says %s of rotations has the alarm about one like this', async (_what, said, rotation) => {
  const policy = `${base['policy.yml']}`.replace('alarms:\n', `alarms:\n${said}`)
  const { desired } = await loadFiles({ ...base, 'policy.yml': policy })
  expect(Object.values(desired?.plays[0]?.alarms ?? {})[0]?.rotation).toEqual(rotation)
})
