import type { RawPolicy } from './policy.ts'
import type { Reading } from './reading.ts'

export type Section = 'authorities' | 'certificates'

/** Reading one authority or certificate. */
export interface PairContext extends Reading {
  readonly section: Section
  readonly name: string
  readonly defaults: NonNullable<RawPolicy['defaults']>
}

/** Where a field is written: in the pair itself, else in the defaults. */
export function findKeys({ section, name, document }: PairContext, ...field: string[]): readonly string[] {
  const own = [section, name, ...field]
  return document.places.has(`/${own.join('/')}`) ? own : ['defaults', ...field]
}
