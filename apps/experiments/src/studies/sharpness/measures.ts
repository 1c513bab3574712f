import type { Comparison } from '../../report/comparison.js';
import type { StudyResults } from '../../study.js';
import { conditionOf, DATA, NOISE } from './arms.js';

type Measure = Omit<Comparison, 'condition' | 'reference'>;

export const CROSS_ENTROPY: Measure = {
  measure: 'crossEntropy',
  label: 'test cross-entropy',
  better: 'less',
  decimals: 3,
};
export const ACCURACY: Measure = {
  measure: 'accuracy',
  label: 'test accuracy (%)',
  better: 'more',
  decimals: 1,
  scale: 100,
};
export const SCALED: Measure = {
  measure: 'scaledCrossEntropy',
  label: 'test cross-entropy after temperature scaling',
  better: 'less',
  decimals: 3,
};
export const CALIBRATION: Measure = {
  measure: 'calibration',
  label: 'expected calibration error (%)',
  better: 'less',
  decimals: 1,
  scale: 100,
};
export const TRACE: Measure = {
  measure: 'trace',
  label: 'trace at the end of training',
  better: 'less',
  decimals: 1,
};
export const EQUAL_TRACE: Measure = {
  measure: 'equalTrace',
  label: 'trace at equal training loss',
  better: 'less',
  decimals: 1,
};
export const HEAD_TRACE: Measure = {
  measure: 'headTrace',
  label: 'share of the last layer in the trace',
  better: 'less',
  decimals: 2,
};
export const EIGENVALUE: Measure = {
  measure: 'eigenvalue',
  label: 'largest eigenvalue',
  better: 'less',
  decimals: 2,
};

export interface Condition {
  data: (typeof DATA)[number];
  noise: number;
  name: string;
}

/** Those that there are results of, in order. */
export function conditionsOf(results: StudyResults): Condition[] {
  const known = new Set(results.map(({ condition }) => condition));
  return DATA.flatMap((data) =>
    NOISE.map((noise) => ({ data, noise, name: conditionOf(data, noise) })),
  ).filter(({ name }) => known.has(name));
}

export const percent = (noise: number): string => `${Math.round(100 * noise)} %`;

/** In groups, the data sets. */
export function byData(conditions: readonly Condition[]): [Condition['data'], Condition[]][] {
  return DATA.map((data): [Condition['data'], Condition[]] => [
    data,
    conditions.filter((condition) => condition.data === data),
  ]).filter(([, own]) => own.length > 0);
}
