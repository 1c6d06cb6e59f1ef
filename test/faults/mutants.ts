// Broken on purpose: patches against src/, each with why it is bad and the check that has to notice.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export interface Mutant {
  readonly name: string
  /** In words. */
  readonly fault: string
  /** The name of a check. */
  readonly caughtBy: string
  readonly patch: string
}

const folder = 'test/faults/mutants'

export function listMutants(): Mutant[] {
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const patch = join(folder, file)
      const [fault = '', second = ''] = readFileSync(patch, 'utf8').split('\n')
      return { name: file.replace('.patch', ''), fault, caughtBy: second.replace('Caught by: ', ''), patch }
    })
}

/** Below the repository, for its packages. */
export function copySources(): string {
  const cache = resolve('node_modules/.cache/certwright-mutants')
  mkdirSync(cache, { recursive: true })
  const root = mkdtempSync(join(cache, 'mutant-'))
  cpSync('src', join(root, 'src'), { recursive: true })
  symlinkSync(resolve('schemas'), join(root, 'schemas'))
  return root
}

/** A copy of the sources with the patch; throws when it no longer applies. */
export function makeMutant({ patch }: Mutant): string {
  const root = copySources()
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(root) }
  execFileSync('git', ['apply', '--whitespace=nowarn', resolve(patch)], { cwd: root, env })
  return root
}

/** Runs the work with the mutant's own `dist`. */
export async function withMutant<T>(mutant: Mutant, work: (dist: string) => Promise<T>): Promise<T> {
  const root = makeMutant(mutant)
  try {
    execFileSync(process.execPath, ['scripts/build.mjs', root, join(root, 'dist')])
    return await work(join(root, 'dist'))
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
