import { homedir, userInfo } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import type { Diagnostic } from '../model/diagnostic.ts'

/** Where nothing names one, and the user has no home: a number that the user database does not know. */
export const noStateFolder: Diagnostic = {
  code: 'no-state-folder',
  severity: 'error',
  message: 'there is no place for the audit log: this user has no home',
  hint: 'name a folder: CERTWRIGHT_STATE_DIR',
}

/**
 * Where certwright keeps what it knows of its own runs, on the machine it runs on: CERTWRIGHT_STATE_DIR; below the
 * root that the inventory gives the control node; /var/lib for root; XDG's place for everybody else. Undefined: nowhere.
 */
export function findStateFolder(stateRoot: string | undefined, env = process.env): string | undefined {
  const named = env.CERTWRIGHT_STATE_DIR ?? ''
  if (named !== '') return resolve(named)
  if (stateRoot !== undefined) return join(stateRoot, 'var/lib/certwright')
  if (process.getuid?.() === 0) return '/var/lib/certwright'
  const base = env.XDG_STATE_HOME ?? ''
  // A relative one is to be ignored: XDG Base Directory Specification 0.8.
  if (isAbsolute(base)) return join(base, 'certwright')
  const home = findHome()
  return home === undefined ? undefined : join(home, '.local/state/certwright')
}

/** HOME where it can be one, else the user database's. */
function findHome(): string | undefined {
  for (const ask of [homedir, () => userInfo().homedir]) {
    try {
      const home = ask()
      if (isAbsolute(home)) return home
    } catch {
      // There is no entry for this user.
    }
  }
  return undefined
}
