import { homedir, userInfo } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/**
 * Where certwright keeps what it knows of its own runs, on the machine it runs on: CERTWRIGHT_STATE_DIR; below the
 * root that the inventory gives the control node; /var/lib for root; XDG's place for everybody else.
 */
export function findStateFolder(stateRoot: string | undefined, env = process.env): string {
  const named = env.CERTWRIGHT_STATE_DIR ?? ''
  if (named !== '') return resolve(named)
  if (stateRoot !== undefined) return join(stateRoot, 'var/lib/certwright')
  if (process.getuid?.() === 0) return '/var/lib/certwright'
  const base = env.XDG_STATE_HOME ?? ''
  // A relative one is to be ignored: XDG Base Directory Specification 0.8.
  return join(isAbsolute(base) ? base : join(findHome(), '.local/state'), 'certwright')
}

/** HOME where it can be one, else the user database's; a user without either has one that nothing can be written to. */
function findHome(): string {
  for (const ask of [homedir, () => userInfo().homedir]) {
    try {
      const home = ask()
      if (isAbsolute(home)) return home
    } catch {
      // There is no entry for this user.
    }
  }
  return '/nonexistent'
}
