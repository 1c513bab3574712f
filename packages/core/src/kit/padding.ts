import * as tf from '@tensorflow/tfjs-core';

/**
 * x, with zeros in the padding of its texture on WebGL.
 *
 * A texture holds blocks of 2 × 2. With an odd number of columns, the padding keeps values of the last operation, such as
 * e⁰ = 1 of a softmax. A matrix product over an odd number of entries silently adds the product of the paddings. After a
 * step along a gradient whose padding isn't zero, all gradients of earlier layers are wrong. A division leaves zeros.
 */
export const withCleanPadding = <T extends tf.Tensor>(x: T): T =>
  tf.getBackend() === 'webgl' ? tf.div<T>(x, 1) : x;
