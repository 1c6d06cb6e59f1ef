// After a run that says that all is well: every pair is in place, fits, and its key is root's alone.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Village } from './village.ts'

export function judgePairs({ root, service }: Village): string[] {
  const pairs = [`${service}/tls`, `${service}/gen`, '/srv/other/tls']
  return pairs.flatMap((pair) => {
    try {
      const [certificate, key] = [`${pair}.crt`, `${pair}.key`].map((path) => join(root, path))
      const { mode, uid } = statSync(key ?? '')
      const fits = new X509Certificate(readFileSync(certificate ?? '')).checkPrivateKey(
        createPrivateKey(readFileSync(key ?? '')),
      )
      return [
        ...(fits ? [] : [`${pair}.key is not that of its certificate`]),
        ...((mode & 0o777) === 0o600 && uid === 0
          ? []
          : [`${pair}.key has mode ${mode.toString(8)} and owner ${uid}`]),
      ]
    } catch (error) {
      return [`${pair}: ${error instanceof Error ? error.message : error}, though a run ended with 0`]
    }
  })
}
