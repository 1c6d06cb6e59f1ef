import { expect, it } from 'vitest'
import { cutBatches } from '../../src/load/batches.ts'

const hosts = Array.from({ length: 10 }, (_, index) => `node-${index + 1}`)
const sizes = (serial: Parameters<typeof cutBatches>[1]) =>
  cutBatches(hosts, serial).map(({ length }) => length)

it.each([
  ['all at once when nothing is said', undefined, [10]],
  ['a number at a time, the rest in the last', 4, [4, 4, 2]],
  ['more than there are', 99, [10]],
  ['a percentage of all, rounded down', '35%', [3, 3, 3, 1]],
  ['never fewer than one', '1%', Array(10).fill(1)],
  ['everything', '100%', [10]],
  ['a list, whose last size holds for the rest', [1, '30%', 4], [1, 3, 4, 2]],
])('cuts %s', (_, serial, expected) => expect(sizes(serial)).toEqual(expected))

it('keeps the order of the hosts, and loses none', () =>
  expect(cutBatches(hosts, [1, 3]).flat()).toEqual(hosts))
