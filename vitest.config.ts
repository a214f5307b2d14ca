import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
    // Two cores is the machine to be fast on; native addons do not like vm contexts.
    pool: 'forks',
    maxWorkers: 2,
  },
});
