// Groups and hosts → the tree that `ansible-inventory --graph` draws. Pure.
import { report } from './shown.ts'

type Tree = ReadonlyMap<string, { readonly hosts: readonly string[]; readonly children: readonly string[] }>

export const formatInventoryGraph = report((tree: Tree) => `${drawGroup('all', tree, 0).join('\n')}\n`)

function drawGroup(name: string, tree: Tree, depth: number): string[] {
  const { hosts = [], children = [] } = tree.get(name) ?? {}
  const edge = depth === 0 ? '' : `${'  |'.repeat(depth)}--`
  const below = '  |'.repeat(depth + 1)
  return [
    `${edge}@${name}:`,
    ...[...children].sort().flatMap((child) => drawGroup(child, tree, depth + 1)),
    ...[...hosts].sort().map((host) => `${below}--${host}`),
  ]
}
