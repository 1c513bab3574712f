import { armOf } from '../../report/comparison.js';
import { type Difference, paired } from '../../statistics/paired.js';
import type { StudyResults } from '../../study.js';

/**
 * By how many percent a measure differs from that of another arm: the geometric mean of the ratios under the
 * same seeds, with its interval; p is not corrected.
 */
export function relative(
  results: StudyResults,
  condition: string,
  measure: string,
  [arm, reference]: readonly [string, string],
): Difference {
  const logs = (name: string) =>
    (armOf(results, condition, name).test[measure] as number[]).map(Math.log);
  const { mean, low, high, p } = paired(logs(arm), logs(reference));
  const change = (log: number) => 100 * (Math.exp(log) - 1);
  return { mean: change(mean), low: change(low), high: change(high), p };
}
