import type { ACCURACY, CROSS_ENTROPY } from '../../classification/measures.js';
import type { StudyResults } from '../../study.js';

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
