// No SELinux runs on the machines that test this: programs that stand in for its own write down what they are told.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Transaction } from '../../src/model/transaction.ts'
import { makeFolder, writeProgram } from '../support/workspace.ts'

export function fakeSelinux(): { readonly path: string; readonly told: () => string } {
  const path = makeFolder()
  const log = join(path, 'told')
  writeProgram(join(path, 'selinuxenabled'), 'exit 0')
  writeProgram(join(path, 'matchpathcon'), 'echo system_u:object_r:cert_t:s0')
  writeProgram(join(path, 'chcon'), `echo "$@" >> ${log}`)
  return { path, told: () => (existsSync(log) ? readFileSync(log, 'utf8') : '') }
}

export const labelled: Transaction = {
  id: 'labelled',
  files: [
    {
      path: '/pki/a.crt',
      content: { kind: 'bytes', bytes: Buffer.from('A') },
      mode: 0o644,
      expect: { kind: 'absent' },
    },
  ],
  pairs: [],
}
