type Bytes =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'error'; readonly detail: string }

/** How the loader gets at files, and at inventories that are no files; a reader over the disk is in cli/. */
export interface FileReader {
  /** A regular file of at most 1 MiB, or of as many bytes as are allowed. */
  read(path: string, maximumBytes?: number): Promise<Bytes>
  /** The entries of a folder, in ASCII order; undefined where there is no folder, and why if there is one. */
  list(path: string): Promise<readonly FolderEntry[] | Unlisted | undefined>
  /** Standard input to its end. */
  readStandardInput(): Promise<Bytes>
  /** Whether a file is a program to run rather than a text to read. */
  isProgram(path: string): Promise<boolean>
  /** What a program prints, in bounded time. */
  runProgram(argv: readonly [string, ...string[]]): Promise<Bytes>
}

export interface Unlisted {
  readonly detail: string
}

export interface FolderEntry {
  readonly name: string
  readonly isFolder: boolean
}
