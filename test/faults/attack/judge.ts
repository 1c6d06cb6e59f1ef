// One round, judged: what is not the attacker's is as it was, the run came to its end, and so does a quiet one after it.

import { judgeEnd } from '../judge.ts'
import { patience } from '../sampling.ts'
import type { Connect, Ran } from '../scene.ts'
import { later, runProgram } from '../scene.ts'
import { tell } from '../sweep.ts'
import { underAttack } from './attacker.ts'
import { type Census, compareCensus, findLoot, takeCensus } from './census.ts'
import { judgePairs } from './pairs.ts'
import { applyOften, type Round } from './rounds.ts'
import type { Village } from './village.ts'

export interface Tried {
  readonly violations: readonly string[]
  readonly moves: number
}

/** Somebody is in its way, and takes a processor for it. What hangs is killed after 60 s. */
const longestMs = 50_000 * patience

/** What a run may end with when somebody is in its way. */
const honest = [0, 4, 6, 7, 8, 10]

export async function tryRound(village: Village, round: Round, connect: Connect): Promise<Tried> {
  const { work, attack, estate, number } = round
  await village.restore(work.from, connect)
  const census = takeCensus(village)
  const undo = work.prepare?.(village)
  const { result: ran, report } = await underAttack(village, attack, () =>
    runProgram(village, work.args),
  ).finally(undo)
  const violations = [...(await judgeRun(village, census, ran)), ...(await judgeQuiet(village, census))]
  const deed = `${attack.where}, ${attack.what} at ${attack.at}${attack.back ? ', and back' : ''}`
  const name = `round ${number} (${work.name}, own ${estate}: ${deed}; ${report.moves} moves in ${report.steps} steps)`
  return { violations: tell(violations.map((each) => `${name}: ${each}`)), moves: report.moves }
}

async function judgeRun(village: Village, census: Census, ran: Ran): Promise<string[]> {
  return [
    ...(ran.code !== null && honest.includes(ran.code)
      ? []
      : [`exit code ${ran.code}: ${ran.stderr.slice(-300)}`]),
    ...(await judgeEnd(village, ran, longestMs)),
    ...(await judgeHarm(village, census, ran)),
  ]
}

async function judgeHarm(village: Village, census: Census, { stdout, stderr }: Ran): Promise<string[]> {
  return [
    ...compareCensus(census, village),
    ...(await findLoot(village)),
    ...(/PRIVATE KEY/.test(stdout + stderr) ? ['a private key was printed'] : []),
  ]
}

/** What the attacker left there stays there: that is put right, or refused by name. */
async function judgeQuiet(village: Village, census: Census): Promise<string[]> {
  const quiet = await runProgram(village, applyOften(later, 'local.yml'))
  const said = quiet.stdout + quiet.stderr
  const end =
    quiet.code === 0
      ? judgePairs(village)
      : said.includes(village.service)
        ? []
        : [`a quiet run ends with ${quiet.code}, and does not name ${village.service}: ${said.slice(-600)}`]
  return [
    ...end,
    ...(await judgeEnd(village, quiet, longestMs)),
    ...(await judgeHarm(village, census, quiet)),
  ].map((each) => `then ${each}`)
}
