// The set as it will be, read once more from the disk: every certificate with the key that belongs to it. Pure.
import type { PairLocation } from '../../model/transaction.ts'
import { reach, type View } from './look-at.ts'
import { pathOf } from './place.ts'
import type { Readable, Step } from './step.ts'
import { type Refused, refuse } from './wanted.ts'

/** New content, by the place that it is for: where it can be read before it is there. */
export type Contents = ReadonlyMap<string, string>

export function fitAll(
  view: View,
  root: string,
  contents: Contents,
  pairs: readonly PairLocation[],
): Step[] | Refused {
  const steps: Step[] = []
  for (const { certificate, privateKey, passphrase } of pairs) {
    const first = find(view, `${root}${certificate}`, contents)
    if (!first) return refuse('failed', certificate, 'is not there beside its key')
    const second = find(view, `${root}${privateKey}`, contents)
    if (!second) return refuse('failed', privateKey, 'is not there beside its certificate')
    const secret = passphrase === undefined ? {} : { passphrase }
    const pair = { certificate: first, privateKey: second, certificatePath: certificate }
    steps.push({ do: 'fit', about: privateKey, ...pair, ...secret })
  }
  return steps
}

function find(view: View, path: string, contents: Contents): Readable | undefined {
  const itself = view.at(path)
  const staged = itself.kind === 'refused' ? undefined : contents.get(pathOf(itself.place))
  if (staged !== undefined) return { at: 'staged', path: staged }
  const { seen } = reach(view, path)
  return seen.kind === 'file' ? { at: 'place', place: seen.place } : undefined
}
