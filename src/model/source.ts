/** A place in a file that the user wrote. Lines and columns count from 1. */
export interface Source {
  /** Path as the user would type it: relative to the working directory where that is shorter. */
  readonly file: string
  readonly line: number
  readonly col: number
}
