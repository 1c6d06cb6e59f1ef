import type { Records } from './connection.ts'
import { decode } from './facts.ts'

/** What a run has put beside its targets and not yet installed, and the folders it made for that. */
export interface Staging {
  readonly files: Set<string>
  readonly folders: string[]
  /** Takes note of the folders that a script made. */
  readonly remember: (records: Records) => void
}

export function makeStaging(): Staging {
  const folders: string[] = []
  return {
    files: new Set(),
    folders,
    remember: (records) => {
      for (const [word, folder] of records) if (word === 'made') folders.push(decode(folder).toString('utf8'))
    },
  }
}
