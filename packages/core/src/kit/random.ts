import * as tf from '@tensorflow/tfjs-core';
import { elementwise } from './loop.js';

/** A random seed, if the user sets none. */
export const randomSeed = (): number => Math.floor(Math.random() * 2 ** 31);

/** Random signs, −1 or +1 with equal probability. The same seed gives the same signs on every backend. */
export function rademacher(shape: number[], seed: number | string): tf.Tensor {
  return tf.tidy(() => {
    const u = tf.randomUniform(shape, 0, 1, 'float32', seed);
    return elementwise(
      u,
      u,
      (u, _, signs) => {
        for (let k = 0; k < signs.length; k++) {
          signs[k] = u[k]! >= 0.5 ? 1 : -1;
        }
      },
      () => tf.sub(tf.mul(2, tf.cast(tf.greaterEqual(u, 0.5), 'float32')), 1),
    );
  });
}
