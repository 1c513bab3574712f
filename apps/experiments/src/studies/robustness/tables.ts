import { armOf, comparisonTable, differenceWithInterval, pValue } from '../../report/comparison.js';
import { table } from '../../report/table.js';
import { mean } from '../../statistics/mean.js';
import type { Difference } from '../../statistics/paired.js';
import type { StudyResults } from '../../study.js';
import { armsOf, CLEAN, less, NOISY, NOISY_LOSS } from './measures.js';
import { LEVELS } from './noise.js';

/** The mean accuracy of every arm at every level of noise. */
export function levelsTable(results: StudyResults, condition: string): string {
  const rows = armsOf(results).map((name) => {
    const accuracy = armOf(results, condition, name).test.accuracy as number[][];
    return [
      name,
      ...LEVELS.map((_, k) => (100 * mean(accuracy.map((seed) => seed[k] as number))).toFixed(1)),
    ];
  });
  return table(['accuracy (%)', ...LEVELS.map((level) => `σ = ${level}`)], rows);
}

/** Every arm compared with plain training: the mean over the levels of noise. */
export const noisyTable = (results: StudyResults, condition: string): string =>
  comparisonTable(less(results, condition, 'plain', NOISY), {
    condition,
    reference: 'plain',
    ...NOISY,
  });

/** SBMP compared with every other arm, by three measures. */
export function sbmpTable(results: StudyResults, condition: string): string {
  const measures = [NOISY, NOISY_LOSS, CLEAN];
  const columns = measures.map((measure) => less(results, condition, 'SBMP', measure));
  return table(
    ['SBMP minus …', ...measures.flatMap(({ label }) => [label, 'p'])],
    armsOf(results)
      .filter((arm) => arm !== 'SBMP')
      .map((arm) => [
        arm,
        ...columns.flatMap((rows, k) => {
          const found = rows.find((row) => row.arm === arm)?.difference as Difference;
          return [
            differenceWithInterval(reversed(found), measures[k]?.decimals as number),
            pValue(found.p),
          ];
        }),
      ]),
  );
}

/** b − a of a − b. */
const reversed = ({ mean, low, high, p }: Difference): Difference => ({
  mean: -mean,
  low: -high,
  high: -low,
  p,
});
