import * as tf from '@tensorflow/tfjs-core';
import type { Rule } from '@toploss/core/kit';
import { ratioTo } from './ratio.js';
import type { Predictions } from './ratio-loop.js';

/** Φ as a function of T: √T, T itself, or the logarithm of the ratio of T to the signal. */
export type Root = boolean | 'ratio';

export const rootRule: Rule = {
  expected: "to be true, false or 'ratio'",
  allows: (value) => typeof value === 'boolean' || value === 'ratio',
};

/** √(T + 1e-8), T, or γ ½ ln(1 + 100 T/V). */
export function phiOf(T: tf.Scalar, root: Root, predictions: Predictions): tf.Scalar {
  if (root === 'ratio') {
    return ratioTo(predictions, T);
  }
  return root ? tf.sqrt(tf.add(T, 1e-8)) : T;
}
