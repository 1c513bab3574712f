import * as tf from '@tensorflow/tfjs-core';
import { paddingOfDy, turned } from './as-convolution.js';
import { windowsOf } from './windows.js';

/**
 * The gradient of a convolution by its images, with stride 1 and ∂L/∂y padded:
 *
 *     ∂L/∂x[b, r, q, c] = Σ over i, j, o of W[h − 1 − i, w − 1 − j, c, o] ∂L/∂y[b, r + i, q + j, o]
 *
 * This is a convolution too, by the filter of size h × w turned around. The loop of the wasm backend takes about ten
 * times as long. Returns `undefined` for other strides, and if the padding of the images is wider than the filter: the
 * backend's kernel computes those.
 */
export function conv2dBackpropInput(
  { dy, filter }: { dy: tf.Tensor4D; filter: tf.Tensor4D },
  attributes: tf.Conv2DBackpropInputAttrs,
): tf.Tensor | undefined {
  const { dataFormat, inputShape } = attributes;
  const padding =
    dataFormat === 'NHWC'
      ? paddingOfDy(windowsOf(inputShape, filter.shape, attributes))
      : undefined;
  return (
    padding &&
    tf.tidy(() => {
      const back = tf.transpose(turned(filter), [0, 1, 3, 2]) as tf.Tensor4D;
      return tf.conv2d(dy, back, 1, padding);
    })
  );
}
