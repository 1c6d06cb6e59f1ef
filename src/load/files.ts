/** How the loader gets at files; a reader over the disk is in cli/. */
export interface FileReader {
  read(
    path: string,
  ): Promise<
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
    | { readonly kind: 'error'; readonly detail: string }
  >
  /** The entries of a folder, in ASCII order; undefined where there is no folder. */
  list(path: string): Promise<readonly FolderEntry[] | undefined>
}

export interface FolderEntry {
  readonly name: string
  readonly isFolder: boolean
}
