import * as tf from '@tensorflow/tfjs-core';
import { type Shape, type Steps, windowsOf } from './windows.js';

interface Inputs {
  dy: tf.Tensor4D;
  filter: tf.Tensor4D;
}

interface Attributes extends Steps {
  dataFormat: 'NHWC' | 'NCHW';
  inputShape: Shape;
}

/**
 * The gradient of a convolution by its images, with stride 1 and ∂L/∂y padded:
 *
 *     ∂L/∂x[b, r, q, c] = Σ over i, j, o of W[h − 1 − i, w − 1 − j, c, o] ∂L/∂y[b, r + i, q + j, o]
 *
 * This is a convolution too, by the filter of size h × w turned around. The loop of the wasm backend takes
 * about ten times as long. `undefined` for the rest, which is left to it: other strides, and images whose
 * padding is wider than the filter.
 */
export function conv2dBackpropInput(
  { dy, filter }: Inputs,
  attributes: Attributes,
): tf.Tensor | undefined {
  const { dataFormat, inputShape } = attributes;
  if (dataFormat !== 'NHWC') {
    return undefined;
  }
  const windows = windowsOf(inputShape, filter.shape, attributes);
  const { filterHeight, filterWidth, strideHeight, strideWidth } = windows;
  const { top, bottom, left, right } = windows.padInfo;
  const [above, below] = [filterHeight - 1 - top, filterHeight - 1 - bottom];
  const [before, after] = [filterWidth - 1 - left, filterWidth - 1 - right];
  if (strideHeight > 1 || strideWidth > 1 || Math.min(above, below, before, after) < 0) {
    return undefined;
  }
  return tf.tidy(() => {
    const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
    return tf.conv2d(
      dy,
      turned,
      1,
      [
        [0, 0],
        [above, below],
        [before, after],
        [0, 0],
      ],
      'NHWC',
      1,
    );
  });
}
