/** Put in by scripts/build.mjs; there is none when the program runs from source. */
declare const CERTWRIGHT_BUILT_MS: number | undefined

/** No clock that is right can be earlier, in ms since the epoch. */
export const builtMs = typeof CERTWRIGHT_BUILT_MS === 'undefined' ? undefined : CERTWRIGHT_BUILT_MS
