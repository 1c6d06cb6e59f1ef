import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from '../support/certwright.ts'
import { makeEngine, outline, smallPolicy, start } from '../support/engine.ts'

const later = new Date(Date.parse(start) + 90 * 86_400_000).toISOString()
const files = ['pki/ca.crt', 'pki/ca.key', 'pki/leaf.crt', 'pki/leaf.key', 'copy/leaf.crt', 'copy/leaf.key']

describe('a run that is killed at its n-th', () => {
  const moments = { rename: [1, 2, 3, 4], fsync: [1, 2, 3, 4, 6, 8, 12, 16, 20] }
  it.each(Object.entries(moments).flatMap(([call, times]) => times.map((when) => ({ call, when }))))(
    '$call ($when) leaves every file old or new, and the next run puts everything right',
    async ({ call, when }) => {
      const engine = await makeEngine(
        smallPolicy('copies: [{ certificate: /copy/leaf.crt, private_key: /copy/leaf.key }]'),
      )
      await engine.apply()
      const before = files.map((file) => engine.read(file))
      const inject = `inject=${call}:signal=SIGKILL:when=${when}`
      const program = [
        process.execPath,
        'dist/main.js',
        'apply',
        join(engine.folder, 'play.yml'),
        '-i',
        join(engine.folder, 'inventory.yml'),
        '--auto-approve',
        '--at',
        later,
      ]
      const killed = await run(
        'strace',
        ['-f', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject, ...program],
        {
          env: { UV_THREADPOOL_SIZE: '1' },
        },
      )
      expect(killed.code).not.toBe(0)
      for (const [index, file] of files.entries()) {
        expect(existsSync(join(engine.root(), file)), file).toBe(true)
        const content = engine.read(file)
        expect(
          content.equals(before[index] ?? Buffer.alloc(0)) || content.toString().endsWith('-----\n'),
          `${file} is whole`,
        ).toBe(true)
      }
      await engine.apply(later)
      expect(outline(await engine.plan(later))).toEqual([])
      const verified = await run('openssl', [
        'verify',
        '-CAfile',
        join(engine.root(), 'pki/ca.crt'),
        '-attime',
        String(Date.parse(later) / 1000),
        join(engine.root(), 'pki/leaf.crt'),
      ])
      expect(verified.stdout).toContain('OK')
      expect(readFileSync(join(engine.root(), 'copy/leaf.key'))).toEqual(engine.read('pki/leaf.key'))
    },
  )
})
