import { mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

const config = mergeConfig(base, {});
// The tests of the package alone, and no types: a mutant that does not compile is not killed by that.
config.test = {
  ...config.test,
  include: [`packages/${process.env.MUTATED}/test/**/*.test.ts`],
  typecheck: { enabled: false },
};
export default config;
