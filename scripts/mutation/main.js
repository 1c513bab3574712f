// Mutation testing of the packages: `pnpm mutation [PACKAGE…]`, all of them without a name. Stryker puts one fault at
// a time into the sources, and the tests of the package have to fail. What comes out is recorded in docs/mutation.json,
// and the tables of docs/mutation.md are written from there. `--report` writes the page alone; `--check` says whether it
// is current, and so are the reasons why faults survive.
import { mutate } from './mutate.js';
import { checkPage, writePage } from './page.js';
import { checkReasons } from './reasons.js';
import { PACKAGES, record } from './record.js';

const args = process.argv.slice(2);

if (args.includes('--check')) {
  await checkPage();
  await checkReasons();
  process.exit();
}

const named = args.filter((arg) => !arg.startsWith('--'));
const unknown = named.filter((name) => !PACKAGES.includes(name));
if (unknown.length > 0) {
  throw new Error(`There is no package ${unknown.join(', ')}; there are ${PACKAGES.join(', ')}.`);
}
for (const name of named.length > 0 || args.includes('--report') ? named : PACKAGES) {
  record(name, mutate(name));
}
await writePage();
