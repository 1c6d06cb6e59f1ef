import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './certwright.ts'
import { makeFolder } from './workspace.ts'

/** What OpenSSL and GnuTLS say of a chain: leaf first, root last. Both must be content; what they print is returned. */
export async function judgeChain(chain: readonly string[]): Promise<{ openssl: string; gnutls: string }> {
  const folder = makeFolder()
  const paths = chain.map((pem, index) => {
    const path = join(folder, `${index}.pem`)
    writeFileSync(path, pem)
    return path
  })
  const [leaf = '', ...above] = paths
  const root = above.at(-1) ?? leaf
  const untrusted = above.slice(0, -1).flatMap((path) => ['-untrusted', path])
  const openssl = await run('openssl', [
    'verify',
    '-x509_strict',
    '-check_ss_sig',
    '-CAfile',
    root,
    ...untrusted,
    leaf,
  ])
  writeFileSync(join(folder, 'chain.pem'), chain.join(''))
  writeFileSync(join(folder, 'root.pem'), chain.at(-1) ?? '')
  const gnutls = await run('certtool', [
    '--verify',
    `--load-ca-certificate=${join(folder, 'root.pem')}`,
    `--infile=${join(folder, 'chain.pem')}`,
  ])
  return { openssl: openssl.stdout + openssl.stderr, gnutls: gnutls.stdout + gnutls.stderr }
}
