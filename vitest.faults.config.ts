import { defineConfig } from 'vitest/config'

/** A fault at every step of a renewal: minutes, and strace. Not part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    globalSetup: 'test/support/build.ts',
    setupFiles: 'test/support/state.ts',
    pool: 'forks',
    // A sweep runs two scenes at a time by itself.
    fileParallelism: false,
    maxConcurrency: 2,
    // The whole of a sweep takes its time.
    testTimeout: process.env.FAULTS === 'all' ? 7_200_000 : 600_000,
    hookTimeout: 120_000,
  },
})
