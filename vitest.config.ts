import { defaultServerConditions } from 'vite';
import { configDefaults, defineConfig } from 'vitest/config';

// Tests run against the sources: nothing has to be built.
const conditions = ['@toploss/source', ...defaultServerConditions];

// They compare loops over the values with operations, of which a device has the latter only.
const ofLoops = ['packages/!(core)/test/host-*.test.ts'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{packages,apps,tools}/*/test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(process.env.TFJS_BACKEND === 'device' ? ofLoops : [])],
    maxWorkers: '100%', // without a number vitest leaves a core idle
    testTimeout: 60_000, // for machines that are busy; nothing here is a timing
    setupFiles: ['tools/testing/src/setup/node.ts'],
    onConsoleLog: (log) => !log.includes('Hi, looks like you are running TensorFlow.js in Node.js'),
    typecheck: {
      enabled: true,
      include: ['packages/*/test/**/*.test-d.ts'],
      ignoreSourceErrors: true, // only the type tests fail here; `pnpm typecheck` reports all errors
    },
  },
});
