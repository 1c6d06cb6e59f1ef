// A scene with files that go away and a file that keeps its time, and a program whose installations see to them: as in the
// last steps of a rotation, in one transaction with a leaf.
import { execFileSync } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { copySources } from './mutants.ts'
import { listName, type Retired, retire } from './retiring.ts'

/** Beside the leaf, and in a folder where nothing else changes. */
export const removedFiles = ['/pki/previous.crt', '/old/previous.key'] as const
/** Other bytes, and as old as before. */
export const reorderedFile = '/pki/trust.crt'

/** Puts them below the root of a scene, and beside it what is to become of them. */
export function addRetired(folder: string): void {
  const root = join(folder, 'root')
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const [authority, leaf] = [read('/pki/ca.crt'), read('/pki/leaf.crt')]
  const key = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
  const list = [
    put(root, removedFiles[0], authority),
    put(root, removedFiles[1], key.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600),
    { ...put(root, reorderedFile, authority + leaf), text: leaf + authority },
  ]
  writeFileSync(join(folder, listName), JSON.stringify(list))
}

function put(root: string, path: string, text: string, mode = 0o644): Retired {
  const location = join(root, path)
  mkdirSync(dirname(location), { recursive: true })
  writeFileSync(location, text, { mode })
  utimesSync(location, 1_600_000_000, 1_600_000_000)
  return { path, sha256: createHash('sha256').update(text).digest('hex') }
}

const plain = "import { containHost } from '../hosts/contained.ts'"
const retiring = [
  "import { containHost as contain } from '../hosts/contained.ts'",
  `import { ${retire.name} } from ${JSON.stringify(resolve('test/faults/retiring.ts'))}`,
  `const containHost = (host: Host) => ${retire.name}(contain(host))`,
].join('\n')

/** Runs the work with the `dist` of such a program. */
export async function withRetiring<T>(work: (dist: string) => Promise<T>): Promise<T> {
  const { dist, close } = buildRetiring()
  try {
    return await work(dist)
  } finally {
    close()
  }
}

export function buildRetiring(): { readonly dist: string; readonly close: () => void } {
  const root = copySources()
  const hosts = join(root, 'src/cli/hosts.ts')
  const source = readFileSync(hosts, 'utf8')
  if (!source.includes(plain)) throw new Error(`${hosts} makes its hosts in another way`)
  writeFileSync(hosts, source.replace(plain, retiring))
  const dist = join(root, 'dist')
  execFileSync(process.execPath, ['scripts/build.mjs', root, dist])
  return { dist, close: () => rmSync(root, { recursive: true, force: true }) }
}
