import type { StudyResults } from '../../study.js';

/** In the units of the report. */
export const ACCURACY = {
  measure: 'accuracy',
  label: 'test accuracy, %',
  better: 'more',
  scale: 100,
  decimals: 1,
} as const;

export const CROSS_ENTROPY = {
  measure: 'crossEntropy',
  label: 'test cross-entropy',
  better: 'less',
  scale: 1,
  decimals: 3,
} as const;

export type Measure = typeof ACCURACY | typeof CROSS_ENTROPY;

/** An arm's test values by seed; undefined where the condition does not have it. */
export const valuesOf = (
  results: StudyResults,
  condition: string,
  arm: string,
  { measure, scale }: Measure,
): number[] | undefined =>
  (
    results.find((entry) => entry.condition === condition && entry.arm === arm)?.test[measure] as
      | number[]
      | undefined
  )?.map((x) => scale * x);
