import * as tf from '@tensorflow/tfjs-core';

/**
 * Which entries are finite, as booleans. `tf.isFinite` has no kernel on wasm before tfjs 4.3; |x| < ∞ says the same
 * there, but not on every GPU, where comparisons with NaN differ.
 */
export function finiteEntries<X extends tf.Tensor>(x: X): X {
  return tf.getKernel('IsFinite', tf.getBackend()) === undefined
    ? (tf.less(tf.abs(x), Number.POSITIVE_INFINITY) as X)
    : tf.isFinite(x);
}
