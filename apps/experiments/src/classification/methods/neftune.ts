import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy, minimizing, type Step, type Training } from './step.js';

/**
 * NEFTune: uniform noise on the inputs, anew at every step, under the same label.
 *
 *     x̂ = x + (α/√m) u,   u ∈ [−1, 1]ᵐ uniform
 *
 * m is the number of entries of one example, in the paper the length L of the sequence times the width d of its
 * embeddings.
 *
 * @see N. Jain et al., NEFTune: Noisy Embeddings Improve Instruction Finetuning, https://arxiv.org/abs/2310.05914
 */
export function neftune({ alpha }: { alpha: number }, training: Training): Step {
  let { seed } = training;
  return minimizing(training, ({ x, y }) => {
    const bound = alpha / Math.sqrt(x.shape[1]);
    const noise = tf.randomUniform(x.shape, -bound, bound, 'float32', seed++);
    return crossEntropy(training.network, { x: tf.add(x, noise), y });
  });
}
