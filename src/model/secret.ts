/** Finds the value behind a `PassphraseReference`, or says why there is none. Values are never logged. */
export type ResolvePassphrase = (
  reference: string,
) => Promise<
  { readonly kind: 'secret'; readonly value: string } | { readonly kind: 'error'; readonly detail: string }
>
