import { defineConfig } from 'vitest/config';

// The built page in a real browser; `pnpm e2e` builds it first.
export default defineConfig({
  test: {
    include: ['test/e2e/*.e2e.ts'],
    testTimeout: 600_000, // for machines that are busy, and for graphics in software
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
