import { table } from '../../report/table.js';
import { TEST_SEEDS } from '../../running/seeds.js';
import type { StudyResults } from '../../study.js';
import { EQUAL, magnitude, NAMES, onBoth } from './found.js';
import { byOptimizer, largestDifference, STEPS } from './iterates.js';
import { problemOf } from './measure.js';
import { type MethodName, methodOf } from './methods.js';

/** By how much the start is moved, of its length: what rounding does in one step. */
const MOVED = 1e-14;

/**
 * The runs in which the two sides differ, compared with the optimizer alone: how far its path ends from itself if the start is moved
 * by no more than rounding. Empty if none differ.
 */
export function partings(results: StudyResults): string {
  const rows = onBoth(results, 'iterates', 'difference').flatMap(({ kind, method, values }) =>
    values.flatMap((difference, k) => {
      if (difference < EQUAL) {
        return [];
      }
      const problem = problemOf(kind, TEST_SEEDS[k] as number);
      const path = (start: readonly number[]) =>
        byOptimizer(methodOf(method as MethodName), { ...problem, start }, STEPS);
      const itself = largestDifference(
        path(problem.start),
        path(problem.start.map((x) => x * (1 + MOVED))),
      );
      const run = `${method}, ${NAMES[kind]}, seed ${TEST_SEEDS[k]}`;
      return [[run, magnitude(difference), magnitude(itself)]];
    }),
  );
  return rows.length === 0
    ? ''
    : [
        `Runs in which the two sides differ by more than ${magnitude(EQUAL)}, compared with the optimizer alone, once from the start and once from \`(1 + 10⁻¹⁴)\` times
the start. If that difference grows too, the optimizer's own path amplifies rounding and numerical differentiation: η is too large for the curvature
there.`,
        table(['', 'optimizer and penalty', 'optimizer, start moved'], rows),
      ].join('\n\n');
}
