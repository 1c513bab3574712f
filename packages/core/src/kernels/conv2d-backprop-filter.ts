import * as tf from '@tensorflow/tfjs-core';
import { cropped, paddingOfX } from './as-convolution.js';
import { type Windows, windowsOf } from './windows.js';

/**
 * The gradient of a convolution by its filter, with x padded and s the stride:
 *
 *     ∂L/∂W[i, j, c, o] = Σ over b, p, q of x[b, s p + i, s q + j, c] ∂L/∂y[b, p, q, o]
 *
 * This is a convolution too. Its images are the channels c of x, its channels are the examples b, its filter
 * is ∂L/∂y with dilation s, and the pixels (i, j) of its result are the gradient. For a filter of one pixel
 * it is a matrix product.
 */
export function conv2dBackpropFilter(
  { x, dy }: { x: tf.Tensor4D; dy: tf.Tensor4D },
  attributes: tf.Conv2DBackpropFilterAttrs,
): tf.Tensor {
  const { dataFormat, filterShape } = attributes;
  if (dataFormat !== 'NHWC') {
    throw new Error(
      `core: expected dataFormat to be 'NHWC' on wasm. Received: '${dataFormat}'. Transpose the images.`,
    );
  }
  const windows = windowsOf(x.shape, filterShape, attributes);
  const { strideHeight, strideWidth, inChannels, outChannels } = windows;
  return tf.tidy(() => {
    if (seesEachPixelOnce(windows)) {
      const pixels = tf.transpose(tf.reshape(x, [-1, inChannels]));
      return tf.reshape(tf.matMul(pixels, tf.reshape(dy, [-1, outChannels])), filterShape);
    }
    const dw = tf.conv2d(
      tf.transpose(x, [3, 1, 2, 0]),
      tf.transpose(dy, [1, 2, 0, 3]) as tf.Tensor4D,
      1,
      paddingOfX(windows),
      'NHWC',
      [strideHeight, strideWidth],
    );
    return tf.transpose(cropped(dw, windows), [1, 2, 0, 3]);
  });
}

/** Whether the filter has one pixel, and the stride and the padding change nothing. */
const seesEachPixelOnce = ({ filterHeight, filterWidth, ...windows }: Windows) =>
  filterHeight * filterWidth === 1 &&
  windows.outHeight === windows.inHeight &&
  windows.outWidth === windows.inWidth;
