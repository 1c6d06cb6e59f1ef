// What happens in a round: a run of certwright, and what the attacker does meanwhile. All of it follows from the number.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { start } from '../../support/engine.ts'
import { makeRandom, pick, seed } from '../sampling.ts'
import { applying, later, looking } from '../scene.ts'
import type { Estate, State, Village } from './village.ts'

export interface Work {
  readonly name: string
  readonly from: State
  readonly args: readonly string[]
  /** Right before it; returns what takes that away again. */
  readonly prepare?: (village: Village) => () => void
}

export interface Attack {
  /** `foreseen`: names are taken before the run; `everywhere`: at one step after another. */
  readonly where: 'staged' | 'target' | 'folder' | 'foreseen' | 'everywhere'
  readonly what: 'secret' | 'their-key' | 'their-folder' | 'hard-link' | 'fifo' | 'folder'
  /** At the n-th step that the attacker sees. */
  readonly at: number
  /** The attacker covers the tracks at the step after it. */
  readonly back: boolean
  readonly seed: number
}

export interface Round {
  readonly number: number
  readonly estate: Estate
  readonly work: Work
  readonly attack: Attack
}

/** Rounds are many more than the guard against endless issuing lets pass in a day. */
export function applyOften(at: string, inventory?: string): string[] {
  return ['apply', ...applying(at, inventory), '--allow', 'issues=99']
}

const works: readonly [Work, ...Work[]] = [
  { name: 'first issue', from: 'bare', args: applyOften(start) },
  { name: 'renewal', from: 'issued', args: applyOften(later) },
  { name: 'failed service', from: 'issued', args: applyOften(later), prepare: breakService },
  { name: 'undo', from: 'issued', args: applyOften(later), prepare: freezeOther },
  {
    name: 'rollback',
    from: 'renewed',
    args: ['rollback', 'play.yml', 'node-1', ...applying(later).slice(1)],
  },
  { name: 'recovery', from: 'half', args: ['recover', ...looking(later)] },
]

/** A renewal lets about a hundred be seen, most of them while it only looks. */
const longestWaitSteps = 200

export function describeRound(number: number): Round {
  const own = seed * 10_000 + number
  const random = makeRandom(own)
  const estate = Math.floor(number / works.length) % 2 === 0 ? 'folder' : 'parent'
  const places = ['staged', 'staged', 'target', 'everywhere', 'foreseen'] as const
  const attack: Attack = {
    where: estate === 'parent' && random() < 0.5 ? 'folder' : pick(random, places),
    what: pick(random, ['secret', 'their-key', 'their-folder', 'hard-link', 'fifo', 'folder']),
    at: 1 + Math.floor(random() ** 2 * longestWaitSteps),
    back: random() < 0.4,
    seed: own,
  }
  return { number, estate, work: works[number % works.length] ?? works[0], attack }
}

function breakService({ root }: Village): () => void {
  writeFileSync(join(root, 'broken'), '')
  return () => execFileSync('rm', ['-f', join(root, 'broken')])
}

/** The last of the files cannot be replaced: what was replaced before it has to come back. */
function freezeOther({ root }: Village): () => void {
  const file = join(root, 'srv/other/tls.crt')
  execFileSync('chattr', ['+i', file])
  return () => execFileSync('chattr', ['-i', file])
}
