import * as tf from '@tensorflow/tfjs-core';
import { cropped, paddingOfX } from './as-convolution.js';
import { type Shape, windowsOf } from './windows.js';

/** Entries of ∂L/∂y. As a filter, the backend keeps them eightfold: 32 MB. */
const LARGE = 2 ** 20;

type Attributes = tf.DepthwiseConv2dNativeBackpropFilterAttrs;

/**
 * The gradient of a depthwise convolution by its filter, with x padded, the stride s, the dilation d, and the
 * channels (c, m) of y for a channel c of x:
 *
 *     ∂L/∂W[i, j, c, m] = Σ over b, p, q of x[b, s p + d i, s q + d j, c] ∂L/∂y[b, p, q, (c, m)]
 *
 * The sum over p and q is a depthwise convolution of an image with the channels (b, c). Its filter is ∂L/∂y,
 * with the stride d and the dilation s.
 */
export function depthwiseBackpropFilter(
  { x, dy }: { x: tf.Tensor4D; dy: tf.Tensor4D },
  attributes: Attributes,
): tf.Tensor {
  const batch = dy.shape[0];
  if (dy.size <= LARGE || batch === 1) {
    return ofBatch(x, dy, attributes);
  }
  const halves = [batch >> 1, batch - (batch >> 1)];
  return tf.tidy(() => {
    const parts = tf.split(dy, halves) as tf.Tensor4D[];
    const images = tf.split(x, halves) as tf.Tensor4D[];
    return tf.addN(
      parts.map((dy, k) =>
        depthwiseBackpropFilter({ x: images[k] as tf.Tensor4D, dy }, attributes),
      ),
    );
  });
}

function ofBatch(x: tf.Tensor4D, dy: tf.Tensor4D, attributes: Attributes): tf.Tensor {
  const { filterShape } = attributes;
  const windows = windowsOf(x.shape, filterShape, attributes, true);
  const { batchSize, inHeight, inWidth, outHeight, outWidth } = windows;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = windows;
  const [height, width, channels, multiplier] = filterShape;
  const all = batchSize * channels;
  return tf.tidy(() => {
    const images: Shape = [1, inHeight, inWidth, all];
    const filter: Shape = [outHeight, outWidth, all, multiplier];
    const dw = tf.depthwiseConv2d(
      tf.reshape(tf.transpose(x, [1, 2, 0, 3]), images) as tf.Tensor4D,
      tf.reshape(tf.transpose(dy, [1, 2, 0, 3]), filter) as tf.Tensor4D,
      [dilationHeight, dilationWidth],
      paddingOfX(windows),
      'NHWC',
      [strideHeight, strideWidth],
    );
    const byExample = [height, width, batchSize, channels, multiplier];
    return tf.sum(tf.reshape(cropped(dw, windows), byExample), 2);
  });
}
