// Why the faults of the record survived: for each package a list of reasons in reasons/PACKAGE.js, and under each
// the faults that it holds for, by file, as `from → to` of the record.
import { PACKAGES, readRecord } from './record.js';

/** @typedef {import('./record.js').Survivor} Survivor */

/**
 * @typedef {object} Reason
 * @property {string} because
 * @property {Record<string, string[]>} faults
 */

/** @returns {Promise<Reason[]>} */
const reasonsOf = async (/** @type {string} */ name) =>
  (await import(`./reasons/${name}.js`)).default;

const nameOf = (/** @type {Survivor} */ { from, to }) => `${from} → ${to}`;

const placed = (/** @type {Survivor} */ each) => `${each.file}: ${nameOf(each)}`;

/** For each package that is recorded its reasons, with the survivors that each explains, and those that none does. */
export async function explained() {
  const record = readRecord();
  const names = PACKAGES.filter((name) => record[name] !== undefined);
  return Promise.all(
    names.map(async (name) => {
      const survivors = record[name]?.survivors ?? [];
      const reasons = (await reasonsOf(name)).map(({ because, faults }) => ({
        because,
        explains: survivors.filter((each) => faults[each.file]?.includes(nameOf(each))),
      }));
      const known = new Set(reasons.flatMap(({ explains }) => explains));
      return { name, reasons, open: survivors.filter((each) => !known.has(each)) };
    }),
  );
}

/** Throws where a survivor has no reason, where what has one has not survived, and where a fault has two. */
export async function checkReasons() {
  const wrong = [];
  for (const { name, open } of await explained()) {
    const survived = (readRecord()[name]?.survivors ?? []).map(placed);
    const given = (await reasonsOf(name)).flatMap(({ faults }) =>
      Object.entries(faults).flatMap(([file, own]) => own.map((fault) => `${file}: ${fault}`)),
    );
    const stale = given.filter((fault) => !survived.includes(fault));
    const twice = given.filter((fault, k) => given.indexOf(fault) !== k);
    wrong.push(
      ...open.map((each) => `${name}, ${placed(each)}: survived, without a reason`),
      ...stale.map((fault) => `${name}, ${fault}: has a reason, and has not survived`),
      ...twice.map((fault) => `${name}, ${fault}: has two reasons`),
    );
  }
  if (wrong.length > 0) {
    throw new Error(`scripts/mutation/reasons and docs/mutation.json differ:\n${wrong.join('\n')}`);
  }
}
