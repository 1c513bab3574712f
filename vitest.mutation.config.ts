import { mergeConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import base from './vitest.config.js';

/** The other way round than usual, as the first test that fails ends the run. */
class QuickOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).reverse();
  }
}

const config = mergeConfig(base, {});
// The tests of the package alone, and no types: a mutant that does not compile is not killed by that.
config.test = {
  ...config.test,
  include: [`{packages,tools}/${process.env.MUTATED}/test/**/*.test.ts`],
  sequence: { sequencer: QuickOnesFirst },
  typecheck: { enabled: false },
};
export default config;
