import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readDiskFact, readHere } from '../../src/hosts/ssh/disks.ts'
import {
  readCertificateFact,
  readCommandOutcome,
  readPrivateKeyFact,
  readProbeFact,
  readTextFact,
} from '../../src/hosts/ssh/facts.ts'
import { readWalked } from '../../src/hosts/ssh/ways.ts'
import { HostError } from '../../src/model/host.ts'

/** What a host may put into a field. */
const field = fc.oneof(
  fc.constantFrom(
    '',
    '-',
    'file',
    'absent',
    'denied',
    'special',
    'failed',
    'yes',
    'no',
    '0',
    '1',
    '-1',
    '9'.repeat(30),
    '8000',
    'NaN',
    'Infinity',
    '1e400',
  ),
  fc.string({ maxLength: 40 }),
  fc.base64String({ maxLength: 200 }),
  fc.integer().map(String),
)
const record = fc.array(field, { maxLength: 20 })
const readers = {
  readCertificateFact,
  readPrivateKeyFact: (fields: readonly string[]) => readPrivateKeyFact(fields, fields.length % 2 === 0),
  readTextFact: (fields: readonly string[]) => readTextFact(fields, '/path'),
  readCommandOutcome,
  readProbeFact,
  readWalked,
  readHere: (fields: readonly string[]) => readHere([['here', ...fields]]),
  readDiskFact: (fields: readonly string[]) =>
    readDiskFact(fields, '/a/b', { me: { uid: 0, gid: 0 }, top: '/' }),
}

it.each(Object.entries(readers))('%s takes anything that a host may say', (_, read) => {
  fc.assert(
    fc.property(record, (fields) => {
      try {
        expect(read(fields)).toSatisfy((value) => value === undefined || typeof value === 'object')
      } catch (error) {
        if (!(error instanceof HostError)) throw error
      }
    }),
    { seed: 20_261_124, numRuns: 2000 },
  )
})
