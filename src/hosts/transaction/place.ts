// Where something is on a machine, and what is there. Pure.

/** A name in a folder. Paths are those of the machine, links resolved. */
export interface Place {
  readonly folder: string
  readonly name: string
  /**
   * The number of the user whose folder it is, where that is not to be trusted: it is then entered once, looked at
   * from the inside, and what is in it is reached by its name from there.
   */
  readonly holder?: number
}

export function pathOf({ folder, name }: Pick<Place, 'folder' | 'name'>): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`
}

/** What is at a place, as far as it is compared: nothing, a file by its SHA-256, a link by its target. */
export type State =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly sha256: string }
  | { readonly kind: 'link'; readonly target: string }

export function isSame(first: State, second: State): boolean {
  return formatState(first) === formatState(second)
}

/** One word, for journals and for a remote host; `-` for nothing. */
export function formatState(state: State): string {
  if (state.kind === 'absent') return '-'
  return state.kind === 'file' ? `file,${state.sha256}` : `link,${encode(state.target)}`
}

export function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}

export function decode(field: string): string {
  return Buffer.from(field, 'base64').toString('utf8')
}
