import { defaultServerConditions } from 'vite';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Tests run against the sources: nothing has to be built.
const conditions = ['@toploss/source', ...defaultServerConditions];

const { MUTATED, TFJS_BACKEND } = process.env;

// They compare loops over the values with operations, of which a device has the latter only.
const ofLoops = ['packages/!(core)/test/host-*.test.ts'];

/** The other way round than usual, as the first test that finds a fault ends the run. */
class QuickOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).reverse();
  }
}

/** Under faults, the tests of the package alone, and no types: not compiling is no way to find a fault. */
const ofMutated = {
  include: [`{packages,tools}/${MUTATED}/test/**/*.test.ts`],
  sequence: { sequencer: QuickOnesFirst },
  isolate: true,
  typecheck: { enabled: false },
};

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{packages,apps,tools}/*/test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(TFJS_BACKEND === 'device' ? ofLoops : [])],
    maxWorkers: '100%', // without a number vitest leaves a core idle
    // To load TensorFlow.js for each file takes longer than the tests; `setup/node.ts` makes each file start anew.
    isolate: false,
    testTimeout: 60_000, // for machines that are busy; nothing here is a timing
    setupFiles: ['tools/testing/src/setup/node.ts'],
    onConsoleLog: (log) => !log.includes('Hi, looks like you are running TensorFlow.js in Node.js'),
    typecheck: {
      enabled: true,
      include: ['packages/*/test/**/*.test-d.ts'],
      ignoreSourceErrors: true, // only the type tests fail here; `pnpm typecheck` reports all errors
    },
    ...(MUTATED ? ofMutated : {}),
  },
});
