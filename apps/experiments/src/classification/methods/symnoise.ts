import * as tf from '@tensorflow/tfjs-core';
import { rademacher } from '@toploss/core/kit';
import { crossEntropy, minimizing, type Step, type Training } from './step.js';

/**
 * SymNoise: every example twice, moved by the same noise to both sides, under the same label.
 *
 *     x̂ = x ± (α/√m) ξ,   ξ ∈ {−1, +1}ᵐ with equal odds
 *
 * m is the number of entries of one example, so that both move by exactly α. The batch is twice as large.
 *
 * @see A. K. Yadav and A. Singh, SymNoise: Advancing Language Model Fine-tuning with Symmetric Noise,
 *   https://arxiv.org/abs/2312.01523
 */
export function symnoise({ alpha }: { alpha: number }, training: Training): Step {
  let { seed } = training;
  return minimizing(training, ({ x, y }) => {
    const noise = tf.mul(alpha / Math.sqrt(x.shape[1]), rademacher(x.shape, seed++));
    return crossEntropy(training.network, {
      x: tf.concat([tf.add(x, noise), tf.sub(x, noise)]) as tf.Tensor2D,
      y: tf.concat([y, y]),
    });
  });
}
