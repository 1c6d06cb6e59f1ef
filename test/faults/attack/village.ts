// Where attackers live: a host with an authority, two services that get certificates, and one that is none of
// certwright's business. What is kept of every state goes back to the same path, because journals name it.
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, chownSync, copyFileSync, linkSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { start } from '../../support/engine.ts'
import { type Connect, later, locally, runProgram, type Scene, writeInventories } from '../scene.ts'
import { hit, listCalls } from '../strace.ts'
import { villagePolicy } from './policy.ts'
import { applyOften } from './rounds.ts'

/** Numbers that no user of this machine has. */
export const attackerId = 64_321
const otherId = 64_322
const thirdId = 64_323

/** What is the attacker's own: the folder of certificates, or the one that it is in as well. */
export type Estate = 'folder' | 'parent'

/** `half`: a renewal was killed between its renames. */
export type State = 'bare' | 'issued' | 'renewed' | 'half'

export interface Village extends Scene {
  readonly estate: Estate
  /** The attacked folder, on the host. */
  readonly service: string
  readonly home: string
  /** As it was then, and reached like this. */
  readonly restore: (state: State, connect?: Connect) => Promise<void>
  readonly close: () => void
}

export function openVillage(estate: Estate): Village {
  const parent = mkdtempSync(join(tmpdir(), 'certwright-attack-'))
  chmodSync(parent, 0o711)
  const folder = join(parent, 'scene')
  const village = {
    folder,
    root: join(folder, 'root'),
    before: new Map(),
    estate,
    service: estate === 'parent' ? '/home/web/tls' : '/srv/web',
    home: join(folder, 'attacker'),
  }
  const made = new Set<State>()
  const store = (state: State) => join(parent, state)
  const restore = async (state: State, connect: Connect = locally) => {
    if (!made.has(state)) {
      await make(state)
      // Not by Node: owners and hard links are part of it.
      execFileSync('cp', ['-a', folder, store(state)])
      made.add(state)
    }
    execFileSync('rm', ['-rf', folder])
    execFileSync('cp', ['-a', store(state), folder])
    writeInventories(folder, connect)
  }
  const make = async (state: State) => {
    if (state === 'bare') return settle(village)
    await restore(state === 'issued' ? 'bare' : 'issued')
    if (state === 'half') return killBetweenRenames(village, () => restore('issued'))
    const at = state === 'issued' ? start : later
    const { code, stdout, stderr } = await runProgram(village, applyOften(at))
    if (code !== 0) throw new Error(`the village cannot be made: ${stdout}${stderr}`)
  }
  return { ...village, restore, close: () => execFileSync('rm', ['-rf', parent]) }
}

type Place = Pick<Village, 'folder' | 'root' | 'service' | 'estate' | 'home'>

function settle({ folder, root, service, estate, home }: Place): void {
  const own = (path: string, id: number, mode: number) => {
    mkdirSync(path, { recursive: true })
    chownSync(path, id, id)
    chmodSync(path, mode)
  }
  const put = (path: string, id: number, mode: number, text: string) => {
    writeFileSync(path, text, { mode })
    chownSync(path, id, id)
  }
  for (const each of [folder, root]) own(each, 0, 0o755)
  own(join(root, 'victims'), 0, 0o755)
  own(join(root, 'srv/other'), otherId, 0o755)
  own(join(root, 'srv/third'), thirdId, 0o755)
  if (estate === 'parent') own(dirname(join(root, service)), attackerId, 0o755)
  own(join(root, service), attackerId, 0o755)
  own(home, attackerId, 0o700)
  put(join(root, 'srv/third/tls.key'), thirdId, 0o600, makeKey())
  put(join(root, 'srv/third/tls.crt'), thirdId, 0o644, 'a certificate of a third\n')
  for (const each of ['secret', 'linked']) put(join(root, 'victims', each), 0, 0o600, makeKey())
  // As if fs.protected_hardlinks were off: names that the attacker may move about, of a file that is not theirs.
  for (const each of [0, 1, 2, 3])
    linkSync(join(root, 'victims/linked'), join(root, service, `spare-${each}`))
  copyFileSync('test/faults/attack/attacker.pl', join(folder, 'attacker.pl'))
  chmodSync(join(folder, 'attacker.pl'), 0o755)
  writeFileSync(join(folder, 'policy.yml'), villagePolicy(root, service))
  writeFileSync(join(folder, 'play.yml'), '- { name: village, hosts: all, policy: policy.yml }\n')
  writeInventories(folder, locally)
}

function makeKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

async function killBetweenRenames(village: Scene, again: () => Promise<void>): Promise<void> {
  const renames = (await listCalls(village)).filter(
    ({ name, label }) => name.startsWith('rename') && /\.certwright-\*\/\*\/\S+\.(crt|key)\b/.test(label),
  )
  const second = renames[1]
  if (!second) throw new Error('an undisturbed run has no two renames')
  await again()
  if (!(await hit(village, second, 'kill'))) throw new Error('another call was hit')
}
