import * as tf from '@tensorflow/tfjs-core';
import { hostView, sumOfProducts } from './loop.js';

/**
 * Which entries are finite, as booleans. On wasm before tfjs 4.3, `tf.isFinite` has no kernel, and |x| < ∞ gives the
 * same result. On GPUs, comparisons with NaN differ.
 */
export function finiteEntries<X extends tf.Tensor>(x: X): X {
  return tf.getKernel('IsFinite', tf.getBackend()) === undefined
    ? (tf.less(tf.abs(x), Number.POSITIVE_INFINITY) as X)
    : tf.isFinite(x);
}

/** The first entry that is not finite, if any. On cpu and wasm only: elsewhere, reading would wait for a device. */
export function notFinite(x: tf.Tensor): number | undefined {
  const values = hostView(x) as Float32Array | undefined;
  // In double precision, the squares of finite float32 numbers are finite, and so is their sum.
  return values === undefined || Number.isFinite(sumOfProducts(values, values))
    ? undefined
    : values.find((entry) => !Number.isFinite(entry));
}
