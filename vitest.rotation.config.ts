import { defineConfig } from 'vitest/config'
import lab from './vitest.lab.config.ts'

/** Root CAs that are replaced while etcd takes writes: killed, turned, lied to. Takes an hour, and is not part of the lab. */
export default defineConfig({
  test: { ...lab.test, include: ['test/lab/**/*rotation*.test.ts'], exclude: [] },
})
