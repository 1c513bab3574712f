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

/** Throws where a reason is given for what has not survived, or two for one fault. */
export async function checkReasons() {
  const record = readRecord();
  const wrong = [];
  for (const name of PACKAGES) {
    const reasons = await reasonsOf(name);
    const given = reasons.flatMap(({ faults }) =>
      Object.entries(faults).flatMap(([file, own]) => own.map((fault) => `${file}: ${fault}`)),
    );
    const survivors = record[name]?.survivors ?? [];
    const survived = new Set(survivors.map((each) => `${each.file}: ${nameOf(each)}`));
    const stale = given.filter((fault, k) => !survived.has(fault) || given.indexOf(fault) !== k);
    wrong.push(...stale.map((fault) => `${name}, ${fault}`));
  }
  if (wrong.length > 0) {
    throw new Error(
      `scripts/mutation/reasons explains what has not survived, or twice:\n${wrong.join('\n')}`,
    );
  }
}
