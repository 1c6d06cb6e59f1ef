// src/ → dist/: one file to start from, and a chunk for everything that is loaded only where it is used.
import { chmod, rm } from 'node:fs/promises'
import { build } from 'esbuild'

await rm('dist', { recursive: true, force: true })
await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
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
await chmod('dist/main.js', 0o755)
