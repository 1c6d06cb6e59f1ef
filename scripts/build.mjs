// src/ → dist/: one file to start from, and a chunk for everything that is loaded only where it is used.
// Arguments: another folder that holds src/, and where to put the result.
import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

const [, , root = '.', outdir = 'dist'] = process.argv

await rm(outdir, { recursive: true, force: true })
await build({
  entryPoints: [join(root, 'src/main.ts')],
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  chunkNames: 'chunks/[name]-[hash]',
  banner: {
    // CommonJS packages within the bundle still ask for Node's own modules with require.
    js: "import { createRequire as certwrightRequire } from 'node:module'; const require = certwrightRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
await chmod(join(outdir, 'main.js'), 0o755)
