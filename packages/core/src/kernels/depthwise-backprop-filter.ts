import * as tf from '@tensorflow/tfjs-core';
import { hostView } from '../host-values.js';
import { forEachSeen, type Shape, type Steps, windowsOf } from './windows.js';

interface Inputs {
  x: tf.Tensor4D;
  dy: tf.Tensor4D;
}

/**
 * The gradient of a depthwise convolution by its filter, where y has channels (c, m) for a channel c of x:
 *
 *     ∂L/∂W[i, j, c, m] = Σ over places of x[pixel seen at (i, j), c] ∂L/∂y[place, (c, m)]
 */
export function depthwiseBackpropFilter(
  { x, dy }: Inputs,
  attributes: Steps & { filterShape: Shape },
): tf.Tensor {
  const { filterShape } = attributes;
  const [, , channels, multiplier] = filterShape;
  const xValues = hostView(x) as Float32Array;
  const dyValues = hostView(dy) as Float32Array;
  const dw = new Float64Array(tf.util.sizeFromShape(filterShape)); // long sums
  const windows = windowsOf(x.shape, filterShape, attributes, true);
  forEachSeen(windows, (pixel, place, offset) => {
    for (let c = 0; c < channels; c++) {
      const value = xValues[pixel * channels + c] as number;
      const [from, to] = [
        (place * channels + c) * multiplier,
        (offset * channels + c) * multiplier,
      ];
      for (let m = 0; m < multiplier; m++) {
        dw[to + m] = (dw[to + m] as number) + value * (dyValues[from + m] as number);
      }
    }
  });
  return tf.tensor(Float32Array.from(dw), filterShape);
}
