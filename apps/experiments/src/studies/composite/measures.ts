import { ACCURACY, CROSS_ENTROPY } from '../../classification/measures.js';

export const SCALED_CROSS_ENTROPY = {
  ...CROSS_ENTROPY,
  measure: 'scaledCrossEntropy',
  label: 'test cross-entropy after temperature scaling',
} as const;

export const MEASURES = [ACCURACY, CROSS_ENTROPY, SCALED_CROSS_ENTROPY];

export type Measure = (typeof MEASURES)[number];
