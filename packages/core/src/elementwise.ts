import * as tf from '@tensorflow/tfjs-core';

/** Writes f(x, y) for every entry. */
export type Loop = (
  x: Readonly<Float32Array>,
  y: Readonly<Float32Array>,
  result: Float32Array,
) => void;

/**
 * f(x, y), entry by entry, of two float32 tensors of one shape.
 *
 * On cpu it is one loop, in double precision: an operation of tfjs costs several nanoseconds an entry there, and
 * one with a scalar tens of them, so that a formula of four operations costs more than a step of SGD. On all other
 * backends, wasm among them, it is the operations.
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
  if (tf.getBackend() !== 'cpu') {
    return operations();
  }
  const result = new Float32Array(x.size);
  loop(x.dataSync() as Float32Array, y.dataSync() as Float32Array, result);
  return tf.tensor(result, x.shape);
}
