import * as tf from '@tensorflow/tfjs-core';
import { hostView } from './loop.js';

/**
 * Which entries are finite, as booleans. `tf.isFinite` has no kernel on wasm before tfjs 4.3; |x| < ∞ says the same
 * there, but not on every GPU, where comparisons with NaN differ.
 */
export function finiteEntries<X extends tf.Tensor>(x: X): X {
  return tf.getKernel('IsFinite', tf.getBackend()) === undefined
    ? (tf.less(tf.abs(x), Number.POSITIVE_INFINITY) as X)
    : tf.isFinite(x);
}

/** An entry that is not finite, where that can be seen without waiting for a device: on cpu and wasm. */
export function notFinite(x: tf.Tensor): number | undefined {
  const values = hostView(x);
  if (values === undefined || allFinite(values)) {
    return undefined;
  }
  return values.find((entry: number) => !Number.isFinite(entry));
}

/** The sum of float32 numbers is finite in double precision, if they are. */
function allFinite(x: ArrayLike<number>): boolean {
  // Four sums at a time: one would wait for itself at every addition.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let k = 0;
  for (; k + 3 < x.length; k += 4) {
    a += x[k]!;
    b += x[k + 1]!;
    c += x[k + 2]!;
    d += x[k + 3]!;
  }
  for (; k < x.length; k++) {
    a += x[k]!;
  }
  return Number.isFinite(a + b + (c + d));
}
