// src/ → dist/: one file to start from, and a chunk for everything that is loaded only where it is used.
// Arguments: another folder that holds src/, and where to put the result.
import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

const [, , root = '.', outdir = 'dist'] = process.argv

// Reproducible builds say which date is theirs: https://reproducible-builds.org/specs/source-date-epoch/
const { SOURCE_DATE_EPOCH: epoch } = process.env
const builtMs = epoch ? Number(epoch) * 1000 : Date.now()
if (!Number.isSafeInteger(builtMs)) throw new Error(`SOURCE_DATE_EPOCH is no number of seconds: ${epoch}`)

await rm(outdir, { recursive: true, force: true })
await build({
  entryPoints: [join(root, 'src/main.ts')],
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  define: { CERTWRIGHT_BUILT_MS: String(builtMs) },
  chunkNames: 'chunks/[name]-[hash]',
  banner: {
    // CommonJS packages within the bundle still ask for Node's own modules with require.
    js: "import { createRequire as certwrightRequire } from 'node:module'; const require = certwrightRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
await chmod(join(outdir, 'main.js'), 0o755)
