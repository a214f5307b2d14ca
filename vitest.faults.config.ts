import { defineConfig } from 'vitest/config';

/** The tests that rows of the catalogue of faults name: those of `npm test`, and longer ones of their own. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'test/faults/rows/*.fault.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
