import * as tf from '@tensorflow/tfjs-core';
import { hostView } from './loop.js';

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
  const values = hostView(x);
  if (values === undefined || allFinite(values)) {
    return undefined;
  }
  return values.find((entry: number) => !Number.isFinite(entry));
}

/** In double precision, the sum of finite float32 numbers is finite. */
function allFinite(x: ArrayLike<number>): boolean {
  // Four independent sums: with one, every addition would wait for the last.
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
