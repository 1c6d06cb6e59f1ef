// One scalar of YAML 1.2 core → its value, or what is wrong with it.
import type { ScalarTag } from 'yaml'
import { Secret } from '../model/secret.ts'
import type { Complaint } from './complaints.ts'
import { isVault } from './vault.ts'

/**
 * `ansible`: inventories and files of variables. There a plain `yes`, `no`, `on` or `off` is a boolean, as YAML 1.1 has
 * it, merge keys are taken, and numbers that only YAML 1.1 sees are complaints.
 */
export type Dialect = 'core' | 'ansible'

/** A value behind one of the tags that are taken. */
class Tagged {
  readonly tag: string
  readonly text: string
  constructor(tag: string, text: string) {
    this.tag = tag
    this.text = text
  }
}

export const tags: readonly ScalarTag[] = ['!secret', '!vault', '!unsafe'].map((tag) => ({
  tag,
  resolve: (text: string) => new Tagged(tag, text),
}))

export type ScalarReading =
  | { readonly kind: 'value'; readonly value: unknown }
  /** A secret; `encrypted` is what its reference `vault:…` stands for. */
  | { readonly kind: 'secret'; readonly secret: Secret; readonly encrypted?: string }
  | { readonly kind: 'fault'; readonly fault: Complaint }

export interface ScalarText {
  readonly value: unknown
  /** As it is written, without quotes. */
  readonly source: string
  readonly isPlain: boolean
  /** How a vault value would be called: `vault:FILE:LINE`. */
  readonly vaultReference: () => string
}

export function readScalar(scalar: ScalarText, dialect: Dialect): ScalarReading {
  const { value, source, isPlain } = scalar
  if (value instanceof Tagged) return readTagged(value, scalar)
  if (typeof value === 'number' && String(value) !== source) return numberFault(source, `the number ${value}`)
  if (dialect === 'ansible' && isPlain && typeof value === 'string') return readAnsibleScalar(value)
  return { kind: 'value', value }
}

function numberFault(source: string, reading: string): ScalarReading {
  const message = `${source} reads as ${reading}`
  const hint = `quote it to keep it as it is: "${source}"`
  return { kind: 'fault', fault: { code: 'number-spelling', message, hint } }
}

/** What YAML 1.1 would read (PyYAML's resolvers): booleans as they are meant, odd numbers not at all. */
function readAnsibleScalar(text: string): ScalarReading {
  if (/^(yes|Yes|YES|on|On|ON)$/.test(text)) return { kind: 'value', value: true }
  if (/^(no|No|NO|off|Off|OFF)$/.test(text)) return { kind: 'value', value: false }
  if (/^[-+]?[1-9][\d_]*(:[0-5]?\d)+(\.[\d_]*)?$/.test(text))
    return numberFault(text, 'a number to base 60 in Ansible')
  if (/^[-+]?(0b[01_]+|0x[\da-fA-F_]+|\d[\d_]*_[\d_]*)$/.test(text))
    return numberFault(text, 'a number in Ansible')
  return { kind: 'value', value: text }
}

function readTagged({ tag, text }: Tagged, { vaultReference }: ScalarText): ScalarReading {
  if (tag === '!unsafe') return { kind: 'value', value: protectBraces(text) }
  if (tag === '!secret')
    return isSecretReference(text.trim())
      ? { kind: 'secret', secret: new Secret(text.trim()) }
      : {
          kind: 'fault',
          fault: {
            code: 'invalid-secret',
            message: 'this does not say where the secret is',
            hint: secretHint,
          },
        }
  if (isVault(text)) return { kind: 'secret', secret: new Secret(vaultReference()), encrypted: text }
  const message = 'this is not encrypted: a value behind !vault starts with $ANSIBLE_VAULT'
  const hint = 'make one with ansible-vault encrypt_string, and indent all its lines alike'
  return { kind: 'fault', fault: { code: 'invalid-vault', message, hint } }
}

export const secretHint = 'write env:NAME, file:/PATH or exec:COMMAND: where it is, never what it is'

export function isSecretReference(text: string): boolean {
  return /^(env:[A-Za-z_]\w*|file:\/.+|exec:.+)$/s.test(text)
}

/** What an encrypted value is called once it has been read; nobody writes that. */
export function isVaultReference(text: string): boolean {
  return text.startsWith('vault:')
}

/** Text that is to be taken as it stands, although it looks like a template: as an expression that yields it. */
export function protectBraces(text: string): string {
  if (!/\{[{%]/.test(text)) return text
  const literal = JSON.stringify(text).replaceAll('{', '\\u007b').replaceAll('}', '\\u007d')
  return `{{ ${literal} }}`
}
