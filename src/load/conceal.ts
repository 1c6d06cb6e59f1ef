// Values that nobody may see, wherever a document of variables holds them.
import { Secret, type SecretStore } from '../model/secret.ts'
import { pointer, sourceAt, type YamlDocument } from './document.ts'
import { isVault } from './vault.ts'
import { protectBraces } from './yaml-scalar.ts'

/**
 * The document with its secrets put away: every scalar of a file that was encrypted, and what Ansible writes as
 * `__ansible_vault` in JSON. What it writes as `__ansible_unsafe` becomes the text that it is.
 */
export function conceal(document: YamlDocument, secrets: SecretStore): YamlDocument {
  if (!document.isSecret && !document.text.includes('__ansible_')) return document
  const keep = (at: string, text: string, kind: 'plain' | 'encrypted'): Secret => {
    const { file, line } = sourceAt(document, at)
    const reference = `vault:${file}:${line}${document.isSecret || line > 1 ? '' : at}`
    secrets.keep(reference, { kind, text })
    return new Secret(reference)
  }
  const visit = (value: unknown, at: string): unknown => {
    if (value === null || value instanceof Secret) return value
    if (Array.isArray(value)) return value.map((item, index) => visit(item, at + pointer(index)))
    if (typeof value !== 'object') return document.isSecret ? keep(at, String(value), 'plain') : value
    const { __ansible_vault: vault, __ansible_unsafe: unsafe } = value as Record<string, unknown>
    if (typeof vault === 'string' && isVault(vault)) return keep(at, vault, 'encrypted')
    if (typeof unsafe === 'string') return protectBraces(unsafe)
    const map: Record<string, unknown> = Object.create(null)
    for (const [key, item] of Object.entries(value)) map[key] = visit(item, at + pointer(key))
    return map
  }
  return { ...document, value: visit(document.value, '') }
}
