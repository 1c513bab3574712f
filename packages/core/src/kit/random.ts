import * as tf from '@tensorflow/tfjs-core';
import { tensorOf } from './loop.js';

/** A random seed, if the user sets none. */
export const randomSeed = (): number => Math.floor(Math.random() * 2 ** 31);

/**
 * Random signs, −1 or +1 with equal probability. The same seed gives the same signs on every backend: tfjs draws in host
 * memory, so reading the numbers does not wait for a device.
 */
export function rademacher(shape: number[], seed: number | string): tf.Tensor {
  const uniform = tf.randomUniform(shape, 0, 1, 'float32', seed);
  const signs = Float32Array.from(uniform.dataSync(), (u) => (u >= 0.5 ? 1 : -1));
  uniform.dispose();
  return tensorOf(signs, shape);
}
