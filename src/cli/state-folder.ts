import { homedir, userInfo } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { type OwnFolders, systemFolder } from '../model/control.ts'
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
export function findStateFolder(
  stateRoot: string | undefined,
  env = process.env,
  uid = process.getuid?.(),
): string | undefined {
  const named = env.CERTWRIGHT_STATE_DIR ?? ''
  if (named !== '') return resolve(named)
  if (stateRoot !== undefined) return join(stateRoot, systemFolder)
  return uid === 0 ? systemFolder : findOwn(env.XDG_STATE_HOME, '.local/state')
}

/**
 * Where certwright keeps what belongs to this machine as one of its hosts, or to its authorities, for whoever may not
 * write to /var/lib. Undefined for root, whose lock is the machine's whatever the environment says; and for whoever has
 * neither a home nor named a folder, who gets no further than that.
 */
export function findOwnFolders(env = process.env, uid = process.getuid?.()): OwnFolders | undefined {
  if (uid === 0) return undefined
  const state = findStateFolder(undefined, env, uid)
  // Keys stay where they are when the state is kept elsewhere for once.
  return state === undefined
    ? undefined
    : { state, data: findOwn(env.XDG_DATA_HOME, '.local/share') ?? state }
}

/** XDG's folder, or its default below the user's home. */
function findOwn(base = '', belowHome: string): string | undefined {
  // A relative one is to be ignored: XDG Base Directory Specification 0.8.
  if (isAbsolute(base)) return join(base, 'certwright')
  const home = findHome()
  return home === undefined ? undefined : join(home, belowHome, 'certwright')
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
