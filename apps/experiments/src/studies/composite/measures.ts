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

export const SCALED_CROSS_ENTROPY = {
  ...CROSS_ENTROPY,
  measure: 'scaledCrossEntropy',
  label: 'test cross-entropy after temperature scaling',
} as const;

export const MEASURES = [ACCURACY, CROSS_ENTROPY, SCALED_CROSS_ENTROPY];

export type Measure = (typeof MEASURES)[number];
