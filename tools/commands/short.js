// How each documented command is tried, in a form that is short enough for every change.

/**
 * By the name of the script: the arguments that make it short; that it serves a page until it is stopped; or what
 * runs it elsewhere, a step of `.ci/run` where nothing else is said.
 *
 * @type {Readonly<Record<string, { args: string[], serves?: true } | { elsewhere: string }>>}
 */
export const SHORT = {
  start: { args: ['--quick'] },
  '@toploss/examples multi-task': { args: ['--quick'] },
  '@toploss/examples robustness': { args: ['--quick'] },
  '@toploss/examples alignment': { args: ['--quick'] },
  '@toploss/examples weight-decay': { args: ['--quick'] },
  '@toploss/examples data-parallel': { args: ['--quick'] },
  '@toploss/experiments distributed': { args: [] },
  playground: { args: [], serves: true },
  site: { args: [], serves: true },
  '@toploss/playground dev': { args: [], serves: true },
  '@toploss/docs dev': { args: [], serves: true },
  bench: { args: ['--quick', '--suites', 'head', '--backends', 'cpu'] },
  soak: { elsewhere: 'tools/laws/test/soak.test.ts, a part of its ten minutes' },
  changeset: { args: ['--help'] }, // it asks questions
  mutation: { args: ['template'] },
  format: { args: [] },
  build: { elsewhere: 'build' },
  lint: { elsewhere: 'lint' },
  typecheck: { elsewhere: 'typecheck' },
  test: { elsewhere: 'test' },
  'test:browser': { elsewhere: 'test in the browser' },
  '@toploss/playground e2e': { elsewhere: 'test of the playground' },
  'check:packages': { elsewhere: 'check:packages' },
  '@toploss/docs paper': { elsewhere: 'docs paper' },
  experiments: { elsewhere: 'experiments' },
  'new-package': { elsewhere: 'new-package' },
};
