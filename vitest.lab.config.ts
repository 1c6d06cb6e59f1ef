import { defineConfig } from 'vitest/config'

/** Real machines: root, a minute to build them, several to run. Not part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/lab/**/*.test.ts'],
    exclude: ['test/lab/*rotation*.test.ts'],
    globalSetup: 'test/support/build.ts',
    setupFiles: 'test/support/state.ts',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 400_000,
    hookTimeout: 900_000,
    teardownTimeout: 60_000,
  },
})
