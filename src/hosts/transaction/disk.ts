// A machine as transactions see it: looked at, and changed by programs of steps. The local host carries them out
// itself, a remote one is sent them.
import type { Performed, Program } from './step.ts'
import type { Walked, Worker } from './way.ts'

export interface Disk {
  /** What stands in front of every path of the host; '' for none. */
  readonly root: string
  /** certwright's own folder on the machine. */
  readonly state: string
  readonly look: (request: LookRequest) => Promise<Sight>
  readonly perform: (program: Program) => Promise<Performed>
  /** What is kept in certwright's own folder. */
  readonly readGenerations: () => Promise<readonly StoredGeneration[]>
  /** Of kept files, by their paths; undefined for what holds a private key. */
  readonly readKept: (paths: readonly string[]) => Promise<readonly (Uint8Array | undefined)[]>
}

export interface LookRequest {
  readonly files: readonly { readonly path: string; readonly key?: { readonly passphrase?: string } }[]
  /** Whose names are wanted. */
  readonly listed?: readonly string[]
}

export interface Sight {
  readonly me: Worker
  /** The root, links resolved: the way begins there. */
  readonly top: string
  /** To the folder of every file, by its path as it was asked for. */
  readonly ways: ReadonlyMap<string, Walked>
  /** In the order of the request. */
  readonly files: readonly Found[]
  readonly listings: readonly (readonly string[])[]
}

export type Found =
  | { readonly kind: 'absent' }
  | FoundFile
  | { readonly kind: 'link'; readonly target: string }
  /** `detail` completes "PATH …". */
  | { readonly kind: 'other'; readonly detail: string }

export interface FoundFile {
  readonly kind: 'file'
  readonly sha256: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** By name, or by number where there is none. */
  readonly owner: string
  readonly group: string
  readonly modified: string
  /** Where a key was asked for, and this is one. */
  readonly spkiSha256?: string
}

export interface StoredGeneration {
  /** Of its folder. */
  readonly name: string
  /** Undefined where there is none. */
  readonly journal?: string
  readonly manifest?: string
}

/** What a run wrote down before it made it. */
export interface StoredList {
  readonly path: string
  readonly text: string
}
