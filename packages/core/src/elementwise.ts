import * as tf from '@tensorflow/tfjs-core';
import { hostView } from './host-values.js';

/** Writes f(x, y) for every entry. */
export type Loop = (
  x: Readonly<Float32Array>,
  y: Readonly<Float32Array>,
  result: Float32Array,
) => void;

/** On wasm, where a loop over so many entries takes as long as the few microseconds of an operation. */
const SMALL = 2048;

/**
 * Whether a formula over so many entries is one loop of JavaScript, rather than operations of tfjs: always on cpu,
 * where an operation costs several nanoseconds an entry and one with a scalar tens of them; for small tensors on
 * wasm, where it costs some microseconds and then next to nothing an entry.
 */
export function isLooped(size: number): boolean {
  const backend = tf.getBackend();
  return backend === 'cpu' || (backend === 'wasm' && size <= SMALL);
}

/**
 * f(x, y), entry by entry, of two float32 tensors of one shape: in double precision where it is a loop.
 *
 * @param loop The formula on arrays. A loop of its own for each formula: called entry by entry through one
 *   loop for all, V8 would put every number in a box.
 * @param operations The same, of x and y as tensors.
 */
export function elementwise(
  x: tf.Tensor,
  y: tf.Tensor,
  loop: Loop,
  operations: () => tf.Tensor,
): tf.Tensor {
  if (!isLooped(x.size)) {
    return operations();
  }
  const result = new Float32Array(x.size);
  loop(hostView(x) as Float32Array, hostView(y) as Float32Array, result);
  return tf.tensor(result, x.shape);
}

/** x + c y, with c a scalar. */
export const addScaled = (x: tf.Tensor, c: tf.Scalar, y: tf.Tensor): tf.Tensor =>
  elementwise(
    x,
    y,
    (x, y, sum) => {
      const factor = firstOf(c);
      for (let k = 0; k < sum.length; k++) {
        sum[k] = x[k]! + factor * y[k]!;
      }
    },
    () => tf.add(x, tf.mul(c, y)),
  );

/** c x, with c a scalar. */
export const scaled = (c: tf.Scalar, x: tf.Tensor): tf.Tensor =>
  elementwise(
    x,
    x,
    (x, _, product) => {
      const factor = firstOf(c);
      for (let k = 0; k < product.length; k++) {
        product[k] = factor * x[k]!;
      }
    },
    () => tf.mul(c, x),
  );

const firstOf = (x: tf.Scalar): number => hostView(x)?.[0] as number;
