import * as tf from '@tensorflow/tfjs-core';
import { withPullback } from '@toploss/core';
import { type ConvLayer, isConv, isPool, type Layer, type PoolLayer, pair } from './layers.js';

/** The way back through a layer's linear map, from δ at its output to its input: the map transposed. */
export function carry(layer: Layer, delta: tf.Tensor): tf.Tensor {
  if (isPool(layer)) {
    return carryPool(layer, delta as tf.Tensor4D);
  }
  return isConv(layer)
    ? carryConv(layer, delta as tf.Tensor4D)
    : tf.matMul(delta as tf.Tensor2D, layer.kernel, false, true);
}

const carryConv = ({ input, kernel, strides = 1, pad = 'valid' }: ConvLayer, delta: tf.Tensor4D) =>
  tf.conv2dTranspose(delta, kernel, input.shape, strides, pad);

/**
 * A pool's gradient, which tfjs cannot differentiate. It is linear in δ, and its transpose is the pool
 * itself: the mean of the window, or the one entry that was its maximum.
 */
function carryPool({ input, pool, size }: PoolLayer, delta: tf.Tensor4D): tf.Tensor {
  const attributes = { filterSize: pair(size), strides: pair(size), pad: 'valid' };
  const [rows, columns] = pair(size);
  const back = (dy: tf.Tensor, x: tf.Tensor): tf.Tensor => {
    const names = tf.engine();
    return pool === 'avg'
      ? names.runKernel(tf.AvgPoolGrad, { dy, input: x }, attributes)
      : names.runKernel(
          tf.MaxPoolGrad,
          {
            dy,
            input: x,
            output: tf.maxPool(x as tf.Tensor4D, [rows, columns], [rows, columns], 'valid'),
          },
          attributes,
        );
  };
  return withPullback([delta], () => ({
    value: back(delta, input),
    saved: [input],
    pullback: (dm, saved) => {
      const mean = (x: tf.Tensor) =>
        tf.avgPool(x as tf.Tensor4D, [rows, columns], [rows, columns], 'valid');
      // What each entry is of its window's result: 1/n of a mean, all or nothing of a maximum.
      const parts = back(tf.onesLike(mean(dm)), saved[0] as tf.Tensor);
      return [tf.mul(rows * columns, mean(tf.mul(dm, parts)))];
    },
  }));
}
