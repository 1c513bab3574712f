import wilcoxon from '@stdlib/stats-wilcoxon';
import { bootstrap, type Interval } from './bootstrap.js';
import { mean } from './mean.js';

/** Of the differences of two arms under the same seeds. */
export interface Difference extends Interval {
  mean: number;
  /** Two-sided, of Wilcoxon's signed-rank test; 1 where all differences are 0. */
  p: number;
}

/** a − b. */
export function paired(a: readonly number[], b: readonly number[]): Difference {
  const differences = a.map((x, k) => x - (b[k] as number));
  const p = differences.every((d) => d === 0) ? 1 : wilcoxon(differences).pValue;
  return { mean: mean(differences), ...bootstrap(differences), p };
}

/**
 * Holm's correction: the smallest of m p-values times m, the next times m − 1, …, none below the one before it.
 * Rejecting what stays under .05 keeps the chance of any wrong rejection under .05.
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, k) => k).sort((a, b) => (ps[a] as number) - (ps[b] as number));
  const corrected = new Array<number>(ps.length);
  let least = 0;
  for (const [rank, k] of order.entries()) {
    least = Math.max(least, Math.min(1, (ps.length - rank) * (ps[k] as number)));
    corrected[k] = least;
  }
  return corrected;
}
