import { type Comparison, compare, type Row } from '../../report/comparison.js';
import type { Difference } from '../../statistics/paired.js';
import type { StudyResults } from '../../study.js';

export type Measure = Pick<Comparison, 'measure' | 'label' | 'better' | 'decimals' | 'scale'>;

export const CLEAN: Measure = {
  measure: 'accuracyClean',
  label: 'accuracy (%) on clean images',
  better: 'more',
  decimals: 1,
  scale: 100,
};

export const NOISY: Measure = {
  measure: 'accuracyNoisy',
  label: 'accuracy (%) under noise',
  better: 'more',
  decimals: 1,
  scale: 100,
};

export const NOISY_LOSS: Measure = {
  measure: 'crossEntropyNoisy',
  label: 'cross-entropy under noise',
  better: 'less',
  decimals: 3,
};

export const conditionsOf = (results: StudyResults): string[] => [
  ...new Set(results.map(({ condition }) => condition)),
];

export const armsOf = (results: StudyResults): string[] => [
  ...new Set(results.map(({ arm }) => arm)),
];

/** Every arm less the reference. */
export const less = (
  results: StudyResults,
  condition: string,
  reference: string,
  measure: Measure,
): Row[] => compare(results, { condition, reference, ...measure });

/** One arm less another. p is Holm's over all that the other is compared with. */
export function difference(
  results: StudyResults,
  condition: string,
  arm: string,
  reference: string,
  measure: Measure,
): Difference {
  const rows = less(results, condition, reference, measure);
  return rows.find((row) => row.arm === arm)?.difference as Difference;
}
