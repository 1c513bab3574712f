import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Tests run against the sources: nothing has to be built.
const conditions = ['@toploss/source', ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{packages,apps}/*/test/**/*.test.ts'],
    setupFiles: ['packages/testing/src/setup.ts'],
    typecheck: {
      enabled: true,
      include: ['packages/*/test/**/*.test-d.ts'],
      ignoreSourceErrors: true, // only the type tests fail here; `pnpm typecheck` reports all errors
    },
  },
});
