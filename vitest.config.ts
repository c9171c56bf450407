import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // A page of the studio may wait for statistics of a run.
    expect: { poll: { timeout: 30_000 } },
  },
});
