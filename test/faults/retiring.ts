// What makes an installation do more: with the leaf, files of an authority that is no longer wanted go away, and what is
// trusted comes in another order. This half is built into a program; see retiring-stage.ts.
import { existsSync, readFileSync } from 'node:fs'
import type { Host } from '../../src/model/host.ts'
import type { TransactionFile } from '../../src/model/transaction.ts'

export interface Retired {
  readonly path: string
  /** Of what is there before. */
  readonly sha256: string
  /** Its new content; absent: it goes away. */
  readonly text?: string
}

/** In the folder of a scene, where its program runs. */
export const listName = 'retiring.json'

export function retire(host: Host): Host {
  if (!existsSync(listName)) return host
  const list: Retired[] = JSON.parse(readFileSync(listName, 'utf8'))
  const retired = list.map(
    ({ path, sha256, text }): TransactionFile => ({
      path,
      content: text === undefined ? { kind: 'removed' } : { kind: 'bytes', bytes: Buffer.from(text) },
      keepsTime: true,
      mode: 0o644,
      expect: { kind: 'certificate', sha256 },
    }),
  )
  return {
    ...host,
    install: ({ files, ...rest }) => host.install({ ...rest, files: [...files, ...retired] }),
  }
}
