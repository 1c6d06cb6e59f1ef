import { expect, it } from 'vitest'
import { speaksFor } from '../../src/alarms/want.ts'
import type { AlarmWant } from '../../src/model/actual.ts'
import { rulesOf } from '../support/alarms.ts'

/** `certs: a b`: a policy's name, and what it looks after. */
function asWant(text: string): AlarmWant {
  const [policy = '', paths = ''] = text.split(':')
  const certificates = paths.split(' ').filter((path) => path !== '')
  return { policy, certificates }
}

it.each<[why: string, recorded: string, run: readonly string[], may: boolean]>([
  ['the name is all that is known', 'certs:', ['certs: a'], true],
  ['another name, and nothing else is known', 'certs:', ['other: a'], false],
  ['the same policy', 'certs: a b', ['certs: a b'], true],
  ['one more certificate', 'certs: a', ['certs: a b'], true],
  ['one certificate less', 'certs: a b', ['certs: a'], true],
  ['one of them is another', 'certs: a b', ['certs: a c'], true],
  ['a policy of that name in another folder', 'certs: a', ['certs: b'], false],
  ['the same policy with other variables', 'certs: /n/a /n/b', ['certs: /m/a /m/b'], false],
  ['renamed, or moved', 'certs: a b', ['pki: a b'], true],
  ['merged into a larger one', 'certs: a', ['pki: a b c'], true],
  ['split into two', 'certs: a b', ['one: a', 'two: b'], true],
  ['split, and only one is run', 'certs: a b', ['one: a'], false],
  ['one of two plays of that name', 'certs: a', ['certs: b', 'certs: a'], true],
  ['a namesake, and another that has only some of it', 'certs: a b', ['certs: c', 'other: a'], false],
  ['nothing that it looks after', 'certs: a', ['certs:'], false],
  ['no policy', 'certs: a', [], false],
])('%s: "%s" and %j', (_why, recorded, run, may) => {
  const rules = run.map((each) => rulesOf(asWant(each)))
  expect(speaksFor(rules, asWant(recorded))).toBe(may)
})
