// What is kept of the faults: how many were found in each package, and those that were not.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export const PACKAGES = ['core', 'cvp', 'sasp', 'sbmp', 'nger', 'dmta', 'composite', 'layers'];

const RECORD = new URL('../../docs/mutation.json', import.meta.url);

/** @typedef {import('./mutate.js').Mutant} Mutant */

/**
 * A fault that no test found: in which file and statement, what stood there and what in its place.
 *
 * @typedef {object} Survivor
 * @property {string} file Within `src`.
 * @property {string} mutator
 * @property {string} code The line where it begins.
 * @property {string} from
 * @property {string} to
 * @property {true=} uncovered Where no test even runs the line.
 */

/**
 * @typedef {object} Counts
 * @property {number} killed
 * @property {number} elsewhere Killed on another backend than cpu only.
 * @property {number} timeout Endless, which a test finds too.
 * @property {number} survived
 * @property {number} uncovered
 * @property {number} ignored Where a module is loaded, once for all tests.
 * @property {Survivor[]} survivors
 */

/** @returns {Record<string, Counts>} */
export const readRecord = () =>
  existsSync(RECORD) ? JSON.parse(readFileSync(RECORD, 'utf8')) : {};

/** Writes down how the faults of a package fared. */
export function record(/** @type {string} */ name, /** @type {Mutant[]} */ mutants) {
  const all = { ...readRecord(), [name]: countsOf(mutants) };
  const known = PACKAGES.filter((each) => all[each] !== undefined);
  const text = known.map(
    (each) => `${JSON.stringify(each)}: ${inLines(/** @type {Counts} */ (all[each]))}`,
  );
  writeFileSync(RECORD, `{\n${text.join(',\n')}\n}\n`);
}

/** One line for each survivor, so that a change of them can be read. */
function inLines(/** @type {Counts} */ { survivors, ...numbers }) {
  const lines = survivors.map((survivor) => `\n${JSON.stringify(survivor)}`);
  return `${JSON.stringify(numbers).slice(0, -1)},"survivors":[${lines}\n]}`;
}

function countsOf(/** @type {Mutant[]} */ mutants) {
  const count = (/** @type {string} */ status, isElsewhere = false) =>
    mutants.filter((each) => each.status === status && (each.backend !== 'cpu') === isElsewhere)
      .length;
  const survivors = mutants
    .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
    .map(({ file, source, status, mutatorName, replacement, location: { start, end } }) => {
      const lines = source.split('\n');
      const covered = lines.slice(start.line - 1, end.line);
      covered[covered.length - 1] = /** @type {string} */ (covered.at(-1)).slice(0, end.column - 1);
      covered[0] = /** @type {string} */ (covered[0]).slice(start.column - 1);
      return {
        file: file.replace(/^.*?\/src\//, ''),
        mutator: mutatorName,
        code: /** @type {string} */ (lines[start.line - 1]).trim(),
        from: short(covered.join(' ')),
        to: short(replacement),
        ...(status === 'NoCoverage' ? { uncovered: /** @type {const} */ (true) } : {}),
      };
    });
  return {
    killed: count('Killed'),
    elsewhere: count('Killed', true),
    timeout: count('Timeout') + count('Timeout', true),
    survived: count('Survived') + count('Survived', true),
    uncovered: count('NoCoverage'),
    ignored: count('Ignored'),
    survivors,
  };
}

const short = (/** @type {string} */ code) => {
  const line = code.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
};
