import { expect, it } from 'vitest'
import { findSubjectFault, formatName, isSameName } from '../../src/x509/name.ts'

it.each([
  ['common_name', 'a'.repeat(64), undefined],
  ['common_name', 'a'.repeat(65), 'is longer than 64 characters'],
  ['common_name', '', 'is empty'],
  ['common_name', 'a\u0000b', 'contains a control character'],
  ['country', 'DE', undefined],
  ['country', 'Germany', 'is longer than 2 characters'],
  ['country', 'de', 'is not a two-letter country code in capitals'],
  ['serial_number', 'ä', 'is not a PrintableString'],
  ['email_address', 'ü@example.com', 'is not ASCII'],
  ['nickname', 'x', 'there is no such attribute'],
])('%s %j: %s', (field, value, fault) => {
  expect(findSubjectFault(field, value)).toBe(fault)
})

it('names compare without case, order and surplus white space', () => {
  const a = [
    { type: 'O', value: 'Example  Ltd' },
    { type: 'CN', value: 'Etcd' },
  ]
  const b = [
    { type: 'CN', value: 'etcd' },
    { type: 'O', value: ' example ltd ' },
  ]
  expect(isSameName(a, b)).toBe(true)
  expect(isSameName(a, [{ type: 'CN', value: 'etcd' }])).toBe(false)
})

it('a name on one line escapes what separates its parts', () => {
  expect(
    formatName([
      { type: 'CN', value: 'a, b\\c' },
      { type: 'O', value: 'x' },
    ]),
  ).toBe('CN=a\\, b\\\\c, O=x')
  expect(formatName([])).toBe('(empty)')
})

it('a name on one line moves no cursor and turns no text round', () => {
  expect(formatName([{ type: 'CN', value: 'a\u001b[2J\nb\u202ec' }])).toBe('CN=a\\1b[2J\\0ab\\e2\\80\\aec')
})
