import { describe, expect, it } from 'vitest'
import { addWaiting, findLost, tellLost } from '../../src/apply/lost.ts'
import type { InstallTask } from '../../src/model/plan.ts'

const address = (name: string) => `h/certificate/${name}`
/** An authority `ca` with the leaves a and b, which are there, and c, which is new; and a bystander. */
const task = {
  host: 'h',
  files: ['ca', 'a', 'b', 'c', 'bystander'].map((pair) => ({
    address: address(pair),
    content: { what: 'certificate', from: 'issued', pair },
  })),
  together: [{ addresses: ['ca', 'a', 'b', 'c'].map(address), there: ['ca', 'a', 'b'].map(address) }],
} as unknown as InstallTask

/** What is lost and told, of pairs that were issued unless they are `failed`; some of those `back` where they were made. */
function find(failed: readonly string[], back: readonly string[] = []) {
  const all = ['ca', 'a', 'b', 'c', 'bystander'].filter((pair) => !failed.includes(pair))
  const lost = findLost(
    {
      issued: new Map(all.map((pair) => [pair, {}])) as never,
      failedPairs: new Map([
        ...failed.map((pair) => [pair, 'its signer is down'] as const),
        ...back.map((pair) => [pair, 'g put it back: web failed'] as const),
      ]),
    },
    task,
  )
  addWaiting(lost, task)
  return {
    kept: task.files.map((file) => file.address).filter((each) => !lost.has(each)),
    told: tellLost('h', lost).map(({ address: each, status, detail }) => `${each} ${status}: ${detail}`),
  }
}

describe('of what is to be installed', () => {
  const waits = 'skipped: waits: certificate a, which belongs together with it, could not be issued'

  it('all is there when all was issued', () => {
    expect(find([])).toEqual({ kept: task.files.map((file) => file.address), told: [] })
  })

  it('an authority and its leaves wait for one of them that is there and could not be issued', () => {
    expect(find(['a'])).toEqual({
      kept: [address('bystander')],
      told: ['ca', 'b', 'c'].map((name) => `${address(name)} ${waits}`),
    })
  })

  it('nothing waits for a leaf that is not there yet', () => {
    expect(find(['c'])).toEqual({ kept: ['ca', 'a', 'b', 'bystander'].map(address), told: [] })
  })

  it('what has been put back where it was made is left alone, and what it signs', () => {
    const { kept, told } = find(['a', 'b', 'c'], ['ca'])
    expect(kept).toEqual([address('bystander')])
    expect(told).toEqual([`${address('ca')} skipped: g put it back: web failed`])
  })
})
