// What is done on a machine, as data: the few things that a transaction is made of. A host carries them out in order.
import type { Place, State } from './place.ts'

/** Who may do what with a file. Names or numbers; what is not given is left as it is made. */
export interface Dress {
  readonly mode: number
  readonly owner?: string
  readonly group?: string
  /** Time of last modification, in seconds since the epoch. */
  readonly modified?: string
}

/** Something that a pair is read from: a file being prepared, or one that stays where it is. */
export type Readable =
  | { readonly at: 'staged'; readonly path: string }
  | { readonly at: 'place'; readonly place: Place }

export type StepAction =
  /** Written down before it is made, so that the next run can sweep what this one leaves behind. */
  | {
      readonly do: 'announce'
      readonly kind: 'staging' | 'folder' | 'tree'
      readonly paths: readonly string[]
    }
  /** A folder, where only we may write. */
  | { readonly do: 'make-folder'; readonly path: string; readonly mode: number }
  /** New, exclusive, 0600 from the first byte; read back and synced. */
  | { readonly do: 'write'; readonly to: string; readonly bytes: Uint8Array; readonly sha256: string }
  /** What is at a place, if it is still what it was. */
  | { readonly do: 'copy'; readonly from: Place; readonly to: string; readonly sha256: string }
  | { readonly do: 'link'; readonly to: string; readonly target: string }
  /** `like`: where the file will be, for its SELinux label. */
  | { readonly do: 'dress'; readonly path: string; readonly dress: Dress; readonly like?: Place }
  | {
      readonly do: 'fit'
      readonly certificate: Readable
      readonly privateKey: Readable
      readonly certificatePath: string
      readonly passphrase?: string
    }
  | { readonly do: 'open'; readonly generation: string }
  /** Compare and swap: otherwise nothing has been changed, and the plan is stale. */
  | { readonly do: 'expect'; readonly place: Place; readonly state: State }
  /** A copy, 0600, for what somebody writes into the live file must not reach what is kept; compared like `expect`. */
  | { readonly do: 'keep'; readonly place: Place; readonly sha256: string; readonly to: string }
  | { readonly do: 'journal'; readonly generation: string; readonly text: string }
  /** Renames into one folder, back to back; what is staged bears the name that it gets. */
  | { readonly do: 'switch'; readonly staged: readonly string[]; readonly into: Omit<Place, 'name'> }
  | { readonly do: 'remove'; readonly place: Place }
  | { readonly do: 'sync'; readonly folder: Omit<Place, 'name'> }
  | { readonly do: 'arrived'; readonly place: Place; readonly state: State }
  | { readonly do: 'commit'; readonly generation: string }
  /**
   * Back to what was before, unless that is there already, or something that is neither old nor new: that is somebody
   * else's (but when something has been read back otherwise than it was written: then the disk has spoilt it).
   */
  | {
      readonly do: 'return'
      readonly place: Place
      readonly before: Before
      readonly after: State
      readonly kept: string
      /** A name of its own in a folder of ours. */
      readonly staged: string
    }
  /** A folder of certwright's own, or what a list of it names, with everything in it. */
  | { readonly do: 'forget'; readonly path: string }
  /** A folder that was made for nothing; not if others use it by now. */
  | { readonly do: 'forget-empty'; readonly path: string }

/** What was at a place before a transaction. */
export type Before =
  | { readonly kind: 'absent' }
  /** `led`: it was a link of ours to this file, whose content is kept. */
  | { readonly kind: 'link'; readonly target: string; readonly led?: KeptFile }
  | (KeptFile & { readonly kind: 'file' })

export interface KeptFile {
  readonly sha256: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly modified: string
}

export type Step = StepAction & {
  /** The path of the host that it is about. */
  readonly about?: string
}

export interface Program {
  /** Nothing of this can be seen. What has begun is swept with what the run has staged. */
  readonly prepare: readonly Step[]
  /** From the first thing that is kept to the commit. */
  readonly change: readonly Step[]
  /** When `change` fails, and when the connection to a host is lost in the middle. */
  readonly undo: readonly Step[]
  /** What may fail. */
  readonly after: readonly Step[]
}

export type Performed =
  | { readonly kind: 'done' }
  | { readonly kind: 'moved'; readonly about?: string }
  | { readonly kind: 'failed'; readonly about?: string; readonly detail: string; readonly trouble?: string }
