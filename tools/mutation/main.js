// Mutation testing: `pnpm mutation [PACKAGE|FILE…]`, without a name the files changed since `main`. Stryker puts one
// fault at a time into the sources, and a test of the package has to fail. Of each package 90 % must be found; those
// that weren't are listed. A fault that changes nothing a test can see gets a reason in the source, at the line before:
// `// Stryker disable next-line MUTATOR: the loop and the operations give the same`.
import { mutate } from './mutate.js';
import { changedFiles, filesByPackage } from './sources.js';
import { summaryOf } from './summary.js';

/** The share of the faults that the tests of a package must find. */
const THRESHOLD = 0.9;

const named = process.argv.slice(2);
const wanted = filesByPackage(named.length > 0 ? named : changedFiles());
if (wanted.size === 0) {
  console.log('No source of a package differs from `main`: name a package or files.');
}

const summaries = [...wanted].map(([name, files]) => summaryOf(name, mutate(name, files)));
for (const { text } of summaries) {
  console.log(`\n${text}`);
}
const low = summaries.filter(({ score }) => score < THRESHOLD).map(({ name }) => name);
if (low.length > 0) {
  console.error(
    `\nThe tests find less than ${100 * THRESHOLD} % of the faults: ${low.join(', ')}.`,
  );
  process.exit(1);
}
