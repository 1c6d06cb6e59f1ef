// What others than certwright make: CAs that are brought, and what a script with OpenSSL signs.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { run } from '../support/certwright.ts'
import { authorityProfile, type Issued, issue } from '../support/issue.ts'
import type { Member } from './member.ts'

export const day = 86_400_000

/** A CA of somebody else's making. */
export function makeAuthority(commonName: string, notAfterMs = Date.now() + 3000 * day): Promise<Issued> {
  const [notBefore = '', notAfter = ''] = [Date.now() - 100 * day, notAfterMs].map((ms) =>
    new Date(ms).toISOString().replace(/\.\d+/, ''),
  )
  return issue({
    ...authorityProfile,
    subject: [{ type: 'CN', value: commonName }],
    basicConstraints: { ca: true, pathLength: 1 },
    notBefore,
    notAfter,
  })
}

/** For the same subject and key, as a script with OpenSSL may make it: without an authority key identifier. */
export async function signWithoutKeyId({ folder, path }: Member, leaf: string): Promise<void> {
  const [request = '', extensions = '', made = ''] = ['csr', 'cnf', 'crt'].map((end) =>
    join(folder, `leaf.${end}`),
  )
  const [certificate, key] = [path(`${leaf}.crt`), path(`${leaf}.key`)]
  writeFileSync(
    extensions,
    'authorityKeyIdentifier=none\nextendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=IP:127.0.0.1\n',
  )
  const by = ['-CA', path('ca.crt'), '-CAkey', path('ca.key'), '-set_serial', '5', '-days', '100']
  await run('openssl', ['x509', '-x509toreq', '-in', certificate, '-key', key, '-out', request])
  await run('openssl', ['x509', '-req', '-in', request, ...by, '-extfile', extensions, '-out', made])
  writeFileSync(certificate, readFileSync(made))
  const told = await run('openssl', ['x509', '-in', certificate, '-noout', '-text'])
  expect(told.stdout).toContain('etcd-ca')
  expect(told.stdout).not.toContain('Authority Key Identifier')
}
