import * as tf from '@tensorflow/tfjs-core';
import { hostView } from '../kit/loop.js';
import { forEachSeen, windowsOf } from './windows.js';

/**
 * The gradient of max pooling:
 *
 *     ∂L/∂x[pixel, c] = Σ of ∂L/∂y[place, c] over the windows whose maximum is this pixel
 *
 * It is the first one, if several pixels are equal. The kernel of the wasm backend starts the maximum at 0,
 * and gives the gradient of a window without a positive entry to its first pixel.
 */
export function maxPoolGrad(
  { dy, input }: { dy: tf.Tensor4D; input: tf.Tensor4D },
  attributes: tf.MaxPoolGradAttrs,
): tf.Tensor {
  const { filterSize } = attributes;
  const [height, width] = Array.isArray(filterSize) ? filterSize : [filterSize, filterSize];
  const channels = input.shape[3];
  const windows = windowsOf(input.shape, [height, width, channels, channels], attributes);
  const x = hostView(input) as Float32Array;
  const dyValues = hostView(dy) as Float32Array;
  const maximum = new Float32Array(dy.size).fill(Number.NEGATIVE_INFINITY);
  const at = new Int32Array(dy.size).fill(-1);
  forEachSeen(windows, (pixel, place) => {
    const from = pixel * channels;
    const to = place * channels;
    for (let c = 0; c < channels; c++) {
      const value = x[from + c]!;
      if (value > maximum[to + c]!) {
        maximum[to + c] = value;
        at[to + c] = from + c;
      }
    }
  });
  const dx = new Float32Array(input.size);
  for (let k = 0; k < at.length; k++) {
    const entry = at[k]!;
    // No entry of a window is above −∞ if all are NaN or −∞.
    if (entry >= 0) {
      dx[entry]! += dyValues[k]!;
    }
  }
  return tf.tensor(dx, input.shape);
}
