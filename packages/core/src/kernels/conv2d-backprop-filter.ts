import * as tf from '@tensorflow/tfjs-core';
import { type Shape, type Steps, windowsOf } from './windows.js';

interface Inputs {
  x: tf.Tensor4D;
  dy: tf.Tensor4D;
}

interface Attributes extends Steps {
  dataFormat: 'NHWC' | 'NCHW';
  filterShape: Shape;
}

/**
 * The gradient of a convolution by its filter, with x padded and s the stride:
 *
 *     ∂L/∂W[i, j, c, o] = Σ over b, p, q of x[b, s p + i, s q + j, c] ∂L/∂y[b, p, q, o]
 *
 * This is a convolution too. Its images are the channels c of x, its channels are the examples b, its filter
 * is ∂L/∂y with dilation s, and the pixels (i, j) of its result are the gradient.
 */
export function conv2dBackpropFilter({ x, dy }: Inputs, attributes: Attributes): tf.Tensor {
  const { dataFormat, filterShape } = attributes;
  if (dataFormat !== 'NHWC') {
    throw new Error(
      `core: expected dataFormat to be 'NHWC' on wasm. Received: '${dataFormat}'. Transpose the images.`,
    );
  }
  const windows = windowsOf(x.shape, filterShape, attributes);
  const { filterHeight, filterWidth, strideHeight, strideWidth } = windows;
  const { top, left } = windows.padInfo;
  const bottom = reach(windows.outHeight, strideHeight, filterHeight) - windows.inHeight - top;
  const right = reach(windows.outWidth, strideWidth, filterWidth) - windows.inWidth - left;
  return tf.tidy(() => {
    const pixels = tf.conv2d(
      tf.transpose(x, [3, 1, 2, 0]),
      tf.transpose(dy, [1, 2, 0, 3]) as tf.Tensor4D,
      1,
      [
        [0, 0],
        [top, Math.max(0, bottom)],
        [left, Math.max(0, right)],
        [0, 0],
      ],
      'NHWC',
      [strideHeight, strideWidth],
    );
    // Where the stride leaves out the last rows or columns of x, they give pixels beyond the filter.
    const filter =
      bottom < 0 || right < 0
        ? tf.slice(pixels, [0, 0, 0, 0], [-1, filterHeight, filterWidth, -1])
        : pixels;
    return tf.transpose(filter, [1, 2, 0, 3]);
  });
}

/** How many padded rows, or columns, the filter sees in so many places. */
const reach = (places: number, stride: number, filter: number) => (places - 1) * stride + filter;
