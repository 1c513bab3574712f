// `pnpm mutation PACKAGE`: faults are put into the sources of one package, and its own tests have to find them.
const name = process.env.MUTATED;

export default {
  mutate: [`packages/${name}/src/**/*.ts`],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts' },
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  disableTypeChecks: false, // vitest removes the types without checking them
  concurrency: 2,
  timeoutMS: 5000,
  ignorePatterns: ['apps', 'bench', 'docs', 'laws', 'scripts', 'dist', '*.tsbuildinfo', '.turbo'],
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: `reports/mutation/${name}.json` },
  incremental: true,
  incrementalFile: `reports/mutation/${name}.incremental.json`,
  checkers: [],
  packageManager: 'pnpm',
  allowEmpty: false,
  cleanTempDir: 'always',
};
