// Started by tools/mutation: faults are put into sources of one package, and its own tests have to find them.
const { MUTATED, TFJS_BACKEND, PLACES = '' } = process.env;
const report = `reports/mutation/${MUTATED}.${TFJS_BACKEND}`;

export default {
  mutate: PLACES.split(' '), // files, or places in them
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.config.ts' },
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  disableTypeChecks: false, // vitest removes the types without checking them
  concurrency: 2,
  timeoutMS: 20_000, // a machine that is busy finds nothing that is endless by that
  ignorePatterns: ['apps', 'docs', 'tools/bench', 'dist', '*.tsbuildinfo', '.turbo'],
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: `${report}.json` },
  incremental: true,
  incrementalFile: `${report}.incremental.json`,
  checkers: [],
  packageManager: 'pnpm',
  allowEmpty: false,
  cleanTempDir: 'always',
};
