// Before every test file: what programs under test keep of their own runs is kept in a folder that is gone afterwards.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'certwright-state-'))
process.env.CERTWRIGHT_STATE_DIR = folder
afterAll(() => rmSync(folder, { recursive: true, force: true }))
