import * as tf from '@tensorflow/tfjs-core';

/**
 * x, on WebGL with zeros beside it in its texture.
 *
 * A texture holds blocks of 2 × 2, and beside an odd number of columns whatever the last operation left: e⁰ = 1 of a
 * softmax. A product of matrices that sums over an odd number adds up what lies beside both of its factors, without a
 * word. Once parameters have moved along a gradient with something beside it, all gradients of the layers before are
 * wrong. A division leaves zeros.
 */
export const withCleanPadding = <T extends tf.Tensor>(x: T): T =>
  tf.getBackend() === 'webgl' ? tf.div<T>(x, 1) : x;
