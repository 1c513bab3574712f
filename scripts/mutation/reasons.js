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

/** Throws where a survivor has no reason, or more than one, or a reason no survivor. */
export async function checkReasons() {
  const record = readRecord();
  const wrong = await Promise.all(
    PACKAGES.map(async (name) => {
      const given = (await reasonsOf(name)).flatMap(({ faults }) =>
        Object.entries(faults).flatMap(([file, own]) => own.map((fault) => `${file}: ${fault}`)),
      );
      const survivors = record[name]?.survivors ?? [];
      const survived = new Set(survivors.map((each) => `${each.file}: ${nameOf(each)}`));
      return [
        ...[...survived]
          .filter((fault) => !given.includes(fault))
          .map((at) => [name, at, 'no reason']),
        ...given.filter((fault) => !survived.has(fault)).map((at) => [name, at, 'no survivor']),
        ...given
          .filter((fault, k) => given.indexOf(fault) !== k)
          .map((at) => [name, at, 'two reasons']),
      ].map((parts) => parts.join(', '));
    }),
  );
  const lines = wrong.flat();
  if (lines.length > 0) {
    throw new Error(`scripts/mutation/reasons and docs/mutation.json:\n${lines.join('\n')}`);
  }
}
