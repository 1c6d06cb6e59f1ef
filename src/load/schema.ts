// Documents against their JSON Schemas (draft 2020-12). Before expansion an {{ expression }} may stand for any value
// that its field allows one for; afterwards none is left.
import { isIP, isIPv4, isIPv6 } from 'node:net'
import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'
import factsSchema from '../../schemas/facts.schema.json' with { type: 'json' }
import inventorySchema from '../../schemas/inventory.schema.json' with { type: 'json' }
import playbookSchema from '../../schemas/playbook.schema.json' with { type: 'json' }
import policySchema from '../../schemas/policy.schema.json' with { type: 'json' }
import { Secret } from '../model/secret.ts'
import { formatJson } from '../model/visible.ts'
import { parseGeneralName } from '../x509/general-name.ts'
import type { Complaint, Complaints } from './complaints.ts'
import { pointer, type YamlDocument } from './document.ts'
import { parseDuration } from './duration.ts'
import { suggest } from './suggest.ts'

const schemas = {
  facts: factsSchema,
  inventory: inventorySchema,
  playbook: playbookSchema,
  policy: policySchema,
}
const validators = new Map<keyof typeof schemas, ValidateFunction>()

/** `value` instead of the document's own: the same document after expansion. True when it is valid. */
export async function validateDocument(
  name: keyof typeof schemas,
  document: YamlDocument,
  complaints: Complaints,
  value: unknown = document.value,
): Promise<boolean> {
  const validate = await compile(name)
  if (validate(name === 'inventory' ? value : withReferences(value))) return true
  for (const error of validate.errors ?? []) report(error, document, complaints)
  return false
}

/** A secret counts as the text of its reference. In an inventory it can only be among the variables, which take anything. */
function withReferences(value: unknown): unknown {
  if (value instanceof Secret) return value.reference
  if (Array.isArray(value)) return value.map(withReferences)
  if (typeof value !== 'object' || value === null) return value
  const map: Record<string, unknown> = Object.create(null)
  for (const [key, each] of Object.entries(value)) map[key] = withReferences(each)
  return map
}

async function compile(name: keyof typeof schemas): Promise<ValidateFunction> {
  const known = validators.get(name)
  if (known) return known
  const validate = (await loadAjv()).compile(schemas[name])
  validators.set(name, validate)
  return validate
}

let ajv: Promise<Ajv2020> | undefined

/** One instance: making it costs more than using it. */
function loadAjv(): Promise<Ajv2020> {
  ajv ??= import('ajv/dist/2020.js').then(({ default: { Ajv2020: Ajv } }) => {
    const options = {
      allErrors: true,
      strict: true,
      strictRequired: false,
      strictTypes: false,
      allowUnionTypes: true,
      discriminator: true,
    }
    return new Ajv({ ...options, verbose: true, validateSchema: false, formats })
  })
  return ajv
}

/** One error of ajv as a complaint at the right key or value. */
function report(error: ErrorObject, document: YamlDocument, complaints: Complaints): void {
  const { instancePath: at, keyword, params } = error
  if (keyword === 'if' || keyword === 'propertyNames') return
  const tell = (place: string, complaint: Complaint, what: 'key' | 'value' = 'value') => {
    if (document.places.size > 0) complaints.at(document, place, complaint, what)
    // What a program printed has no lines that anyone could go to.
    else complaints.about(document.file, { ...complaint, message: `${place} ${complaint.message}` })
  }
  if (keyword === 'additionalProperties') {
    const unknown = String(params.additionalProperty)
    const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {})
    const hint = suggest(unknown, known) ?? `known here: ${known.join(', ')}`
    const message = `there is no "${unknown}" here`
    tell(at + pointer(unknown), { code: 'unknown-key', message, hint }, 'key')
  } else if (keyword === 'required') {
    tell(at, { code: 'missing-key', message: `"${params.missingProperty}" is missing` }, 'key')
  } else if (error.propertyName !== undefined) {
    const message = `"${error.propertyName}" cannot be a name`
    tell(at + pointer(error.propertyName), { code: 'invalid-name', message, hint: nameHint }, 'key')
  } else tell(at, { ...describe(error), ...hintFor(error) })
}

const nameHint = 'letters, digits, "_", "-" and ".", starting with a letter or digit, at most 63'

function describe({ keyword, params, schemaPath, data, parentSchema }: ErrorObject): {
  code: string
  message: string
} {
  const wrongType = (wanted: string) => ({
    code: 'wrong-type',
    message: `must be ${wanted}, is ${kindOf(data)}`,
  })
  if (keyword === 'type') return wrongType(typeNames([params.type].flat()))
  if (keyword === 'pattern' && schemaPath.includes('expression'))
    return wrongType('a number, a boolean or one {{ expression }}')
  if (keyword === 'enum') {
    const values = list(params.allowedValues)
    return {
      code: 'invalid-value',
      message: `must be one of ${values}, is ${typeof data === 'string' ? `"${data}"` : kindOf(data)}`,
    }
  }
  const limits: Record<string, string> = {
    minItems: 'must not be empty',
    minLength: 'must not be empty',
    minimum: `must be at least ${params.limit}`,
    maximum: `must be at most ${params.limit}`,
    maxLength: 'is too long',
    maxItems: 'is too long',
  }
  return {
    code: 'invalid-value',
    message: limits[keyword] ?? `is not valid (${keyword} ${parentSchema?.description ?? ''})`,
  }
}

function hintFor({ keyword, params, data }: ErrorObject): { hint?: string } {
  if (keyword === 'enum') {
    const hint = typeof data === 'string' ? suggest(data, params.allowedValues) : undefined
    return hint === undefined ? {} : { hint }
  }
  if (keyword === 'type' && [params.type].flat().includes('string') && typeof data === 'number')
    return { hint: `quote it: "${data}"` }
  if (
    keyword === 'type' &&
    params.type === 'boolean' &&
    typeof data === 'string' &&
    /^(yes|no|on|off)$/i.test(data)
  )
    return { hint: 'write true or false' }
  return {}
}

/** A policy may allow more than text: maps that inherit nothing have no text of their own. */
function list(values: readonly unknown[]): string {
  return values.map((each) => (typeof each === 'string' ? each : formatJson(each))).join(', ')
}

function typeNames(types: readonly string[]): string {
  const names: Record<string, string> = {
    object: 'a map',
    array: 'a list',
    string: 'text',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    null: 'empty',
  }
  return types.map((type) => names[type] ?? type).join(' or ')
}

function kindOf(data: unknown): string {
  if (data === null) return 'empty'
  if (Array.isArray(data)) return 'a list'
  if (typeof data === 'object') return 'a map'
  return typeof data === 'string' ? 'text' : `${data}`
}

/** What a variable's declaration says against a value; undefined when it fits. */
export async function checkFragment(fragment: object, value: unknown): Promise<string | undefined> {
  if (value instanceof Secret) return takesText(fragment) ? undefined : 'is a secret, which is always text'
  const validate = (await loadAjv()).compile(fragment)
  if (validate(value)) return undefined
  const [error] = validate.errors ?? []
  if (error?.keyword === 'type')
    return `must be ${typeNames([error.params.type].flat())}, is ${kindOf(value)}`
  if (error?.keyword === 'enum') return `must be one of ${list(error.params.allowedValues)}`
  if (error?.keyword === 'format') return `must be ${formatNames[error.params.format] ?? error.params.format}`
  return error?.message ?? 'does not fit its declaration'
}

/** All that can be checked of a secret without knowing it. */
function takesText(fragment: object): boolean {
  return !('type' in fragment) || [fragment.type].flat().includes('string')
}

const formats = {
  ip: (text: string) => isIP(text) !== 0,
  ipv4: isIPv4,
  ipv6: isIPv6,
  hostname: (text: string) => parseGeneralName(`DNS:${text}`).kind === 'general-name',
  duration: (text: string) => parseDuration(text) !== undefined,
  path: (text: string) => text.startsWith('/'),
}

const formatNames: Readonly<Record<string, string>> = {
  ip: 'an IP address',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  hostname: 'a host name',
  duration: 'a duration like 15d',
  path: 'an absolute path',
}
