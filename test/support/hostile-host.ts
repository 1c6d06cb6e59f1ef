import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** How what a remote host says is bent: the records of a word, from the start or once a request contains `after`. */
export interface Trick {
  readonly word?: string
  /** Only the n-th record of all, counted from 1, whatever its word. */
  readonly at?: number
  readonly how:
    | 'honest'
    | 'missing'
    | 'twice'
    | 'nonce'
    | 'words'
    | 'dashes'
    | 'set'
    | 'oversized'
    | 'endless'
    | 'no-newline'
    | 'drips'
    | 'shouts'
  /** With `set`: fields count from the nonce, which is 0. */
  readonly field?: number
  readonly value?: string
  readonly after?: string
  /** A file that the words of all records are written down in. */
  readonly notes?: string
}

/** A folder that belongs first in PATH, and what the stand-in for ssh needs in its environment. */
export function makeHostileSsh(folder: string, tricks: Readonly<Record<string, Trick>>): NodeJS.ProcessEnv {
  const script = resolve('test/support/hostile-ssh.mjs')
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  chmodSync(script, 0o755)
  if (!existsSync(join(bin, 'ssh'))) symlinkSync(script, join(bin, 'ssh'))
  writeFileSync(join(folder, 'tricks.json'), JSON.stringify(tricks))
  return { PATH: `${bin}:${process.env.PATH}`, CERTWRIGHT_TEST_HOSTILE: join(folder, 'tricks.json') }
}
