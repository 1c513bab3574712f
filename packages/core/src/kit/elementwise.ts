import * as tf from '@tensorflow/tfjs-core';
import { byPrograms, launch } from './launch.js';
import { filled, hostView, valueAtHand } from './loop.js';

/** Writes f(x, y) for every entry to `result`. */
export type Loop = (
  x: Readonly<Float32Array>,
  y: Readonly<Float32Array>,
  result: Float32Array,
) => void;

/** On wasm, a loop over so many entries takes as long as an operation: a few microseconds. */
const SMALL = 2048;

/**
 * Whether a formula over `size` entries runs as one JavaScript loop instead of tfjs operations. Always on cpu, where an
 * operation takes several nanoseconds per entry, and tens of them with a scalar. On wasm for small tensors only: there
 * an operation takes a few microseconds, and almost no time per entry.
 */
export function isLooped(size: number): boolean {
  const backend = tf.getBackend();
  return backend === 'cpu' || (backend === 'wasm' && size <= SMALL);
}

/**
 * f(x, y), entry by entry, of two float32 tensors of the same shape. A loop computes in double precision.
 *
 * @param loop The formula on arrays. Each formula has its own loop: if one shared loop called a function per entry, V8
 *   would box every number.
 * @param operations The same formula in tfjs operations.
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
  return filled(x.shape, (result) =>
    loop(hostView(x) as Float32Array, hostView(y) as Float32Array, result),
  );
}

/** x + c y, with c a scalar. */
export const addScaled = (x: tf.Tensor, c: tf.Scalar, y: tf.Tensor): tf.Tensor =>
  elementwise(
    x,
    y,
    (x, y, sum) => {
      const factor = valueAtHand(c)!;
      for (let k = 0; k < sum.length; k++) {
        sum[k] = x[k]! + factor * y[k]!;
      }
    },
    () =>
      byPrograms('core.addScaled', () => withFactor(c, { x, y }, 'x(b, i, j) + c * y(b, i, j)')) ??
      tf.add(x, tf.mul(c, y)),
  );

/** c x, with c a scalar. */
export const scaled = (c: tf.Scalar, x: tf.Tensor): tf.Tensor =>
  elementwise(
    x,
    x,
    (x, _, product) => {
      const factor = valueAtHand(c)!;
      for (let k = 0; k < product.length; k++) {
        product[k] = factor * x[k]!;
      }
    },
    () => byPrograms('core.scaled', () => withFactor(c, { x }, 'c * x(b, i, j)')) ?? tf.mul(c, x),
  );

/** The entries that `result` gives of tensors of one shape and of c: a number if it is known, else a tensor. */
function withFactor(c: tf.Scalar, inputs: Record<string, tf.Tensor>, result: string): tf.Tensor {
  const shape = Object.values(inputs)[0]!.shape;
  const known = valueAtHand(c);
  return known === undefined
    ? launch({
        inputs: { ...inputs, factor: c },
        shape,
        entry: `float c = factor(0, 0, 0); return ${result};`,
      })
    : launch({ inputs, numbers: { c: known }, shape, entry: `return ${result};` });
}
