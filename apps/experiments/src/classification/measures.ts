/** What classifications are compared by, in the units of the reports. */
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
