import * as tf from '@tensorflow/tfjs-core';

/**
 * f(x, y), entry by entry, of two tensors of one shape.
 *
 * On cpu it is one loop, in double precision: an operation of tfjs costs several nanoseconds an entry there, and
 * one with a scalar tens of them, so that a formula of four operations costs more than a step of SGD. On all other
 * backends, wasm among them, it is the operations.
 *
 * @param formula f, of numbers; made of all entries of both, for what it needs of them beforehand.
 * @param operations The same, of x and y as tensors.
 */
export function elementwise(
  x: tf.Tensor,
  y: tf.Tensor,
  formula: (xs: ArrayLike<number>, ys: ArrayLike<number>) => (x: number, y: number) => number,
  operations: () => tf.Tensor,
): tf.Tensor {
  if (tf.getBackend() !== 'cpu') {
    return operations();
  }
  const [a, b] = [x.dataSync(), y.dataSync()];
  const f = formula(a, b);
  const result = new Float32Array(x.size);
  for (let k = 0; k < result.length; k++) {
    result[k] = f(a[k] as number, b[k] as number);
  }
  return tf.tensor(result, x.shape);
}
