import * as tf from '@tensorflow/tfjs-core';

/** Signs, −1 or +1 with equal odds; the same seed gives the same signs on every backend. */
export function rademacher(shape: number[], seed: number | string): tf.Tensor {
  return tf.tidy(() => {
    const isPositive = tf.greaterEqual(tf.randomUniform(shape, 0, 1, 'float32', seed), 0.5);
    return tf.sub(tf.mul(2, tf.cast(isPositive, 'float32')), 1);
  });
}
