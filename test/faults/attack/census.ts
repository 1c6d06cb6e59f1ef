// What is nobody's business but its owner's: written down before a round, and compared after it.
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../support/certwright.ts'
import { asAttacker } from './attacker.ts'
import type { Village } from './village.ts'

/** Paths, each with everything about it that has to stay. */
export type Census = ReadonlyMap<string, string>

const untouched = ['victims', 'srv/third']
const authority = ['pki/ca.crt', 'pki/ca.key']

export function takeCensus({ root }: Village): Census {
  const names = (folder: string) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)
  const paths = [...untouched, ...untouched.flatMap(names), 'srv/other', ...authority]
  return new Map(paths.flatMap((path) => describe(root, path)))
}

function describe(root: string, path: string): [string, string][] {
  const stat = lstatSync(join(root, path), { throwIfNoEntry: false })
  if (!stat) return []
  const { uid, gid, mode, nlink } = stat
  // Hard links of this one are what the attacker works with; how many are left says nothing.
  const links = path === 'victims/linked' ? '-' : nlink
  const content = stat.isFile()
    ? createHash('sha256')
        .update(readFileSync(join(root, path)))
        .digest('hex')
    : ''
  return [[path, `${uid}:${gid} ${mode.toString(8)} ${links} ${content}`]]
}

/** Everything that is not as it was, but for what a first run makes. */
export function compareCensus(before: Census, village: Village): string[] {
  const after = takeCensus(village)
  const paths = new Set([...before.keys(), ...after.keys()])
  const changed = [...paths].filter(
    (path) => before.get(path) !== after.get(path) && (before.has(path) || !authority.includes(path)),
  )
  return [
    ...changed.map((path) => `${path} was ${before.get(path)} and is ${after.get(path)}`),
    ...judgeOther(village),
  ]
}

/** The other service gets its two files, and nothing of anybody else's. */
function judgeOther({ root }: Village): string[] {
  const folder = join(root, 'srv/other')
  const modes: Readonly<Record<string, number>> = { 'tls.crt': 0o100644, 'tls.key': 0o100600 }
  return readdirSync(folder).flatMap((name) => {
    const { mode, nlink, uid } = lstatSync(join(folder, name))
    const isFine = modes[name] === mode && nlink === 1 && uid === 0
    return isFine ? [] : [`srv/other/${name} has mode ${mode.toString(8)}, owner ${uid} and ${nlink} names`]
  })
}

/** No private key is where the attacker can read it: looked for as the attacker. */
export async function findLoot({ folder }: Village): Promise<string[]> {
  const search = ['grep', '-rlas', '-D', 'skip', '-e', 'PRIVATE KEY-----', '--', `${folder}`]
  const { stdout } = await run('setpriv', [...asAttacker, ...search])
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((path) => `the attacker can read a private key in ${path.slice(folder.length)}`)
}
