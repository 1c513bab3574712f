import * as tf from '@tensorflow/tfjs-core';
import { hostView } from '../host-values.js';
import { forEachSeen, type Shape, type Steps, windowsOf } from './windows.js';

interface Inputs {
  dy: tf.Tensor4D;
  filter: tf.Tensor4D;
}

/**
 * The gradient of a depthwise convolution by its images, where y has channels (c, m) for a channel c of x:
 *
 *     ∂L/∂x[pixel, c] = Σ over places that see it at (i, j), and over m, of W[i, j, c, m] ∂L/∂y[place, (c, m)]
 */
export function depthwiseBackpropInput(
  { dy, filter }: Inputs,
  attributes: Steps & { inputShape: Shape },
): tf.Tensor {
  const { inputShape } = attributes;
  const [, , channels, multiplier] = filter.shape;
  const dyValues = hostView(dy) as Float32Array;
  const w = hostView(filter) as Float32Array;
  const dx = new Float32Array(tf.util.sizeFromShape(inputShape));
  const windows = windowsOf(inputShape, filter.shape, attributes, true);
  forEachSeen(windows, (pixel, place, offset) => {
    for (let c = 0; c < channels; c++) {
      const [at, from] = [
        (offset * channels + c) * multiplier,
        (place * channels + c) * multiplier,
      ];
      let sum = dx[pixel * channels + c] as number;
      for (let m = 0; m < multiplier; m++) {
        sum += (w[at + m] as number) * (dyValues[from + m] as number);
      }
      dx[pixel * channels + c] = sum;
    }
  });
  return tf.tensor(dx, inputShape);
}
