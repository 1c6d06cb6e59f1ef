// A service user who owns the folder that certificates go to, against a run that works there as root.

import pLimit from 'p-limit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSshd } from '../../support/sshd.ts'
import { type Connect, locally } from '../scene.ts'
import { tryRound } from './judge.ts'
import { describeRound } from './rounds.ts'
import { type Estate, openVillage, type Village } from './village.ts'

/** The whole of it: ATTACK_ROUNDS=200. Some of them again: ATTACK_ROUND=17,23. */
const count = Number(process.env.ATTACK_ROUNDS ?? 40)
const only = process.env.ATTACK_ROUND
const numbers =
  only === undefined ? Array.from({ length: count }, (_, index) => index) : only.split(',').map(Number)

/** Two rounds at a time, each in a village that nobody else is in. */
function openVillages() {
  const made = new Map<Estate, Village[]>()
  const free = { folder: [] as Village[], parent: [] as Village[] }
  return {
    take: (estate: Estate) => {
      const village = free[estate].pop() ?? openVillage(estate)
      made.set(estate, [...new Set([...(made.get(estate) ?? []), village])])
      return village
    },
    give: (village: Village) => free[village.estate].push(village),
    close: () => {
      for (const village of [...made.values()].flat()) village.close()
    },
  }
}

describe.runIf(process.getuid?.() === 0)('a user who owns a folder of certificates', () => {
  const villages = openVillages()
  let sshd: Awaited<ReturnType<typeof startSshd>>
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => {
    sshd.stop()
    villages.close()
  })

  const remotely: Connect = ({ root }) => ({
    ansible_host: '127.0.0.1',
    ansible_port: sshd.target.port,
    ansible_ssh_private_key_file: sshd.target.privateKeyFile,
    ansible_ssh_common_args: sshd.target.sshArgs.join(' '),
    certwright_root: root,
  })

  it.each([
    ['on this machine', locally],
    ['on a remote host', remotely],
  ])(
    'reaches nothing that is not theirs with whatever they put there during a run %s',
    async (_, connect) => {
      const limit = pLimit(2)
      const tried = await Promise.all(
        numbers.map((number) =>
          limit(async () => {
            const round = describeRound(number)
            const village = villages.take(round.estate)
            const found = await tryRound(village, round, connect)
            villages.give(village)
            return found
          }),
        ),
      )
      expect(tried.flatMap(({ violations }) => violations)).toEqual([])
      // Otherwise nobody attacked: the steps are those that a run of today lets be seen.
      const moved = tried.filter(({ moves }) => moves > 0)
      expect(moved.length).toBeGreaterThanOrEqual(Math.floor(numbers.length / 3))
    },
    3_600_000,
  )
})
