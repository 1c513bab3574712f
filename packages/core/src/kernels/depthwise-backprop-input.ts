import * as tf from '@tensorflow/tfjs-core';
import { hostView } from '../kit/loop.js';
import { paddingOfDy, turned } from './as-convolution.js';
import { forEachSeen, type Windows, windowsOf } from './windows.js';

/**
 * The gradient of a depthwise convolution by its images, where y has channels (c, m) for a channel c of x:
 *
 *     ∂L/∂x[pixel, c] = Σ over places that see it at (i, j), and over m, of W[i, j, c, m] ∂L/∂y[place, (c, m)]
 *
 * With stride 1, the sum over places is a depthwise convolution by the turned filter.
 */
export function depthwiseBackpropInput(
  { dy, filter }: { dy: tf.Tensor4D; filter: tf.Tensor4D },
  attributes: tf.DepthwiseConv2dNativeBackpropInputAttrs,
): tf.Tensor {
  const { inputShape } = attributes;
  const windows = windowsOf(inputShape, filter.shape, attributes, true);
  const padding = paddingOfDy(windows);
  if (padding === undefined) {
    return tf.tensor(byPlaces(dy, filter, windows), inputShape);
  }
  const { dilationHeight, dilationWidth } = windows;
  const [height, width, channels, multiplier] = filter.shape;
  return tf.tidy(() => {
    const each = tf.reshape(turned(filter), [
      height,
      width,
      channels * multiplier,
      1,
    ]) as tf.Tensor4D;
    const dilations: [number, number] = [dilationHeight, dilationWidth];
    const parts = tf.depthwiseConv2d(dy, each, 1, padding, 'NHWC', dilations);
    const [batch, rows, columns] = inputShape;
    return tf.sum(tf.reshape(parts, [batch, rows, columns, channels, multiplier]), 4);
  });
}

function byPlaces(dy: tf.Tensor4D, filter: tf.Tensor4D, windows: Windows): Float32Array {
  const [, , channels, multiplier] = filter.shape;
  const dyValues = hostView(dy) as Float32Array;
  const w = hostView(filter) as Float32Array;
  const dx = new Float32Array(tf.util.sizeFromShape(windows.inShape));
  forEachSeen(windows, (pixel, place, offset) => {
    let from = place * channels * multiplier;
    let at = offset * channels * multiplier;
    for (let c = 0; c < channels; c++) {
      let sum = dx[pixel * channels + c]!;
      for (let m = 0; m < multiplier; m++, from++, at++) {
        sum += w[at]! * dyValues[from]!;
      }
      dx[pixel * channels + c] = sum;
    }
  });
  return dx;
}
