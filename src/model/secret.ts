/**
 * Where a secret is, never what it is: `env:NAME`, `file:/PATH`, `exec:COMMAND ARGUMENTS` or `exec:["COMMAND", …]`, all
 * on the control node; or `vault:FILE:LINE`, a value that ansible-vault encrypted in a file that was loaded.
 */
export type SecretReference = string

export type ResolvedSecret =
  | { readonly kind: 'secret'; readonly value: string }
  | { readonly kind: 'error'; readonly detail: string }

/** Finds the value behind a reference at the moment it is used, or says why there is none. Values are never logged. */
export type ResolveSecret = (reference: SecretReference) => Promise<ResolvedSecret>

/** The secrets of one run. */
export interface SecretStore {
  readonly resolve: ResolveSecret
  /** Remembers a value that is found in a file: encrypted (then opened when it is used), or read from an encrypted file. */
  keep(reference: SecretReference, value: KeptSecret): void
  /** Opens what ansible-vault encrypted; `detail` says why that is not possible. */
  decrypt(
    encrypted: string,
  ): Promise<
    { readonly kind: 'text'; readonly text: Uint8Array } | { readonly kind: 'error'; readonly detail: string }
  >
}

export type KeptSecret = { readonly kind: 'encrypted' | 'plain'; readonly text: string }

/** What masks a secret wherever a value would be shown. */
export const mask = '********'

/** A secret among the variables: it can be handed on, and nothing else; whatever prints it prints the mask. */
export class Secret {
  readonly reference: SecretReference
  constructor(reference: SecretReference) {
    this.reference = reference
  }
  toJSON(): string {
    return mask
  }
  toString(): string {
    return mask
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return mask
  }
}
