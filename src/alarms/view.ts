/**
 * `planned`: as if everything that the difference plans had been done. `found`: as things are, before anything has been
 * tried: what a plan would do without hindrance is no trouble yet. `left`: as things are after a run.
 */
export type View = 'planned' | 'found' | 'left'
