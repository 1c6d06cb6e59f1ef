// Values with {{ expressions }} → values; what fails is told at the very character.
import { Secret } from '../model/secret.ts'
import type { Complaints } from './complaints.ts'
import { pointer as toPointer, type YamlDocument } from './document.ts'
import type { Fault, Scope } from './expression.ts'
import { suggest, suggestOrList } from './suggest.ts'
import { isTemplate, renderTemplate } from './template.ts'

export interface RenderContext {
  readonly scope: Scope
  readonly document?: YamlDocument
  readonly complaints: Complaints
  /** Keys whose text is no template. */
  readonly verbatim?: ReadonlySet<string>
  /** Keys that take a secret, as a reference to it; anywhere else it is refused. Absent: secrets are handed on. */
  readonly secretKeys?: ReadonlySet<string>
}

/** Every {{ expression }} within a value replaced; `failed` when one could not be. */
export function renderDeep(
  value: unknown,
  pointer: string,
  context: RenderContext,
): { value: unknown; failed: boolean } {
  let failed = false
  const render = (text: string, at: string) =>
    renderTemplate(text, context.scope, (error, offset) => {
      failed = true
      complainAbout(error, text, offset, at, context)
    })
  const visit = (raw: unknown, at: string): unknown => {
    const each = typeof raw === 'string' && isTemplate(raw) ? render(raw, at) : raw
    if (holdsSecret(each) && context.secretKeys) {
      if (each instanceof Secret && context.secretKeys.has(lastKey(at))) return each.reference
      failed = true
      complainAbout({ code: 'secret-exposed', ...exposed }, '', 0, at, context)
      return undefined
    }
    if (typeof raw === 'string' || each instanceof Secret) return each
    if (Array.isArray(each)) return each.map((item, index) => visit(item, at + toPointer(index)))
    if (typeof each !== 'object' || each === null) return each
    const map: Record<string, unknown> = Object.create(null)
    for (const [key, item] of Object.entries(each))
      map[key] = context.verbatim?.has(key) ? item : visit(item, at + toPointer(key))
    return map
  }
  return { value: visit(value, pointer), failed }
}

const exposed = {
  message: 'a secret would be shown here, in every plan',
  hint: 'secrets are for passphrases only; what is no secret belongs in a plain file',
}

/** Whether a value that an expression yielded is, or carries, a secret. */
function holdsSecret(value: unknown): boolean {
  if (value instanceof Secret) return true
  return Array.isArray(value) && value.some(holdsSecret)
}

function lastKey(pointer: string): string {
  return pointer.slice(pointer.lastIndexOf('/') + 1)
}

/** An expression's error, at the very character where the file allows to find it. */
export function complainAbout(
  error: Omit<Fault, 'kind' | 'offset'>,
  text: string,
  offset: number,
  pointer: string,
  { document, complaints, scope }: RenderContext,
): void {
  if (error.code === 'reported') return
  const hint = error.hint ?? hintAt(error, scope)
  const complaint = { code: error.code, message: error.message, ...(hint === undefined ? {} : { hint }) }
  if (!document) {
    complaints.about(undefined, complaint)
    return
  }
  const place = document.places.get(pointer)
  const found = place ? document.text.slice(place.value, place.end).indexOf(text) : -1
  if (place && text !== '' && found >= 0) complaints.offset(document, place.value + found + offset, complaint)
  else complaints.at(document, pointer, complaint)
}

/** What could have been meant by a name that does not exist. */
function hintAt({ code, missing }: Pick<Fault, 'code' | 'missing'>, scope: Scope): string | undefined {
  if (missing === undefined) return undefined
  if (code === 'unknown-variable') return suggestOrList(missing, Object.keys(scope))
  const { groups, hostvars } = scope
  return suggest(
    missing,
    [groups, hostvars, scope].flatMap((each) => Object.keys(each ?? {})),
  )
}
