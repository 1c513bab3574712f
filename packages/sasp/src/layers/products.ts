import * as tf from '@tensorflow/tfjs-core';

/**
 * Matrix products without gradients, in the form that is fast on each backend.
 *
 * On wasm, a product with a transposed argument takes 5 to 20 times as long as one without. So the smaller matrix is
 * transposed first. Elsewhere `tf.matMul` is faster.
 */
export interface Products {
  /** a bᵀ, of [m, k] and [n, k] */
  timesTransposed(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
  /** aᵀ b, of [k, m] and [k, n] */
  transposedTimes(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
  /** a b, of [m, k] and [k, n] */
  times(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
}

const times = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D => tf.matMul(a, b);

const flags: Products = {
  timesTransposed: (a, b) => tf.matMul(a, b, false, true),
  transposedTimes: (a, b) => tf.matMul(a, b, true),
  times,
};

const wasm: Products = {
  timesTransposed: (a, b) =>
    a.size < b.size ? tf.transpose(times(b, tf.transpose(a))) : times(a, tf.transpose(b)),
  transposedTimes: (a, b) => times(tf.transpose(a), b),
  times,
};

/** By backend; the first for all that are not named. */
export const variants: Readonly<Record<string, Products>> = { others: flags, wasm };

export const products = (): Products => variants[tf.getBackend()] ?? flags;
