import { expect, it } from 'vitest'
import {
  busy,
  changedMeanwhile,
  corrupted,
  failingService,
  lostStaged,
  misfit,
  truncated,
} from './situations.ts'

it.each([
  ['a certificate that somebody changes after the plan stays theirs (8)', changedMeanwhile],
  ['a key that does not fit its certificate is never installed (6)', misfit],
  ['files that read back otherwise than written are taken back (6)', corrupted],
  ['a run that died between two renames and lost what it had staged is undone', lostStaged],
  ['a host that another run holds is left alone (9)', busy],
  ['a service that does not come up brings the old files back (6)', failingService],
  ['a certificate that did not arrive whole is never installed', truncated],
])('%s', async (_, check) => {
  expect(await check('dist')).toEqual([])
})
