// Runs Stryker on a package, once for each backend: loops over the values on cpu, operations on `device`, and wasm.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A fault: in which file, where, what stands instead of what, and how it fared.
 *
 * @typedef {object} Mutant
 * @property {string} file
 * @property {string} source
 * @property {{ start: Place, end: Place }} location
 * @property {string} mutatorName
 * @property {string} replacement
 * @property {string} status
 * @property {string} backend Where it fared like that.
 *
 * @typedef {{ line: number, column: number }} Place From 1.
 */

/** From bad to good; what is not among them is no fault. */
const STATUSES = ['NoCoverage', 'Survived', 'Timeout', 'Killed'];

const isFound = (/** @type {Mutant} */ { status }) => ['Timeout', 'Killed'].includes(status);

/** All faults in some files of a package, each as it fared best. */
export function mutate(/** @type {string} */ name, /** @type {string[]} */ files) {
  let mutants = run(name, 'cpu', files);
  for (const backend of ['device', 'wasm']) {
    const left = mutants.filter((mutant) => STATUSES.includes(mutant.status) && !isFound(mutant));
    const again = new Map(
      run(name, backend, placesOf(left)).map((mutant) => [keyOf(mutant), mutant]),
    );
    const goodness = (/** @type {Mutant=} */ mutant) => STATUSES.indexOf(mutant?.status ?? '');
    mutants = mutants.map((mutant) => {
      const other = again.get(keyOf(mutant));
      return other && left.includes(mutant) && goodness(other) > goodness(mutant) ? other : mutant;
    });
  }
  return mutants;
}

const keyOf = (/** @type {Mutant} */ { file, location, mutatorName, replacement }) =>
  JSON.stringify([file, location, mutatorName, replacement]);

/**
 * The faults on one backend, in files or places in them.
 *
 * @returns {Mutant[]}
 */
function run(
  /** @type {string} */ name,
  /** @type {string} */ backend,
  /** @type {string[]} */ places,
) {
  if (places.length === 0) {
    return [];
  }
  console.log(`\n=== ${name} on ${backend}`);
  const env = { ...process.env, MUTATED: name, TFJS_BACKEND: backend, PLACES: places.join(' ') };
  const options = /** @type {const} */ ({ stdio: 'inherit', env });
  const { status } = spawnSync('stryker', ['run', 'stryker.config.js'], options);
  if (status !== 0) {
    process.exit(status ?? 1);
  }
  const report = new URL(`../../reports/mutation/${name}.${backend}.json`, import.meta.url);
  const { files } = JSON.parse(readFileSync(report, 'utf8'));
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants.map((/** @type {Mutant} */ mutant) => ({ ...mutant, file, source, backend })),
  );
}

/** As Stryker's option `mutate` has it, columns from 0. */
const placesOf = (/** @type {Mutant[]} */ mutants) => [
  ...new Set(
    mutants.map(
      ({ file, location: { start, end } }) =>
        `${file}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`,
    ),
  ),
];
