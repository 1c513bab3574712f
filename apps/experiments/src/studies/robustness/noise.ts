import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { accuracyOf, crossEntropyOf } from '../../classification/metrics.js';
import type { Network } from '../../classification/network.js';
import type { Examples } from '../../classification/problem.js';

/** Deviations of the noise at every pixel, whose range is 1. */
export const LEVELS = [0, 0.1, 0.2, 0.3, 0.5] as const;

/**
 * Under Gaussian noise at the inputs, for each of the levels. One draw is scaled to all of them; it depends on the
 * seed and the purpose alone, so that all arms meet the same noise.
 */
export function underNoise(
  network: Network,
  { x, y }: Examples,
  seed: number,
  purpose: string,
): { accuracy: number[]; crossEntropy: number[] } {
  const { normal } = random(seed, purpose);
  return tf.tidy(() => {
    const noise = tf.tensor2d(
      Float32Array.from({ length: x.size }, () => normal()),
      x.shape,
    );
    const noisy = LEVELS.map((level) => ({ x: tf.add(x, tf.mul(level, noise)), y }) as Examples);
    return {
      accuracy: noisy.map((examples) => accuracyOf(network, examples)),
      crossEntropy: noisy.map((examples) => crossEntropyOf(network, examples)),
    };
  });
}
