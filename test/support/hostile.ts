/** Everything that may not reach a terminal but as a visible spelling. A newline is told apart by who wrote it. */
export const steering = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\p{Cs}]/u

/** Pieces of names that somebody hopes nobody looks at closely. */
export const hostile = [
  '\u001b[2J',
  '\u001b]0;title\u0007',
  '\nPlan: 0 to create',
  '\r',
  '\u007f',
  '\u009b31m',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u2066',
  '\u200f',
  '\u061c',
] as const

/** All of them in one name. */
export const hostileName = `x${hostile.join('y')}z`
