// `npx certwright` inside the repository: npm links the commands of dependencies, not a package's own.
import { existsSync } from 'node:fs'
import { mkdir, rm, symlink } from 'node:fs/promises'

if (existsSync('node_modules')) {
  await mkdir('node_modules/.bin', { recursive: true })
  await rm('node_modules/.bin/certwright', { force: true })
  await symlink('../../dist/main.js', 'node_modules/.bin/certwright')
}
