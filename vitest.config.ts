import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const common = {
  pool: 'forks' as const,
  hookTimeout: 60_000,
  globalSetup: 'test/support/build.ts',
  setupFiles: 'test/support/state.ts',
}

export default defineConfig({
  test: {
    // Most of a test is waiting for a program that it started: one worker a core, vitest's choice, leaves the cores idle.
    maxWorkers: Math.max(4, availableParallelism()),
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/lab/**', 'test/faults/**'],
          testTimeout: 90_000,
          // A fifth of the time went into loading the same modules for every file.
          isolate: false,
        },
      },
      { test: { ...common, name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 120_000 } },
    ],
  },
})
