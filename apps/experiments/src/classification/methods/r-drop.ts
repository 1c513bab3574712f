import * as tf from '@tensorflow/tfjs-core';
import type { Stack } from '../network.js';
import { type Dense, dense } from '../stack.js';
import { minimizing, type Step, type Training } from './step.js';

export interface RDropOptions {
  alpha: number;
  /** The rate at which each hidden feature is dropped. */
  dropout: number;
}

/**
 * R-Drop: two passes, each with a dropout of its own, which shall predict the label, and the same as each other.
 *
 *     L = ½ (CE(p₁, y) + CE(p₂, y)) + ½ α (KL(p₁ ‖ p₂) + KL(p₂ ‖ p₁))
 *
 * Half of the paper's loss in its first term, as in its code: with dropout 0 it is the cross-entropy. Nothing is
 * dropped but in training.
 *
 * @see X. Liang et al., R-Drop: Regularized Dropout for Neural Networks, https://arxiv.org/abs/2106.14448
 */
export function rDrop({ alpha, dropout }: RDropOptions, training: Training): Step {
  let { seed } = training;
  return minimizing(training, ({ x, y }) => {
    const twice = (tensor: tf.Tensor2D): tf.Tensor2D => tf.concat([tensor, tensor]);
    const logits = droppedLogits(training.network as Stack, twice(x), dropout, seed);
    seed += training.network.params.length; // every layer draws with the next
    return tf.add(
      tf.losses.softmaxCrossEntropy(twice(y), logits),
      tf.mul(alpha, divergence(logits)),
    ) as tf.Scalar;
  });
}

/** ½ mean (KL(p₁ ‖ p₂) + KL(p₂ ‖ p₁)) = ½ mean Σ (p₁ − p₂)(log p₁ − log p₂), of the halves of a batch. */
function divergence(logits: tf.Tensor2D): tf.Scalar {
  const logP = tf.logSoftmax(logits);
  const [log1, log2] = tf.split(logP, 2);
  const [p1, p2] = tf.split(tf.exp(logP), 2);
  const products = tf.mul(
    tf.sub(p1 as tf.Tensor, p2 as tf.Tensor),
    tf.sub(log1 as tf.Tensor, log2 as tf.Tensor),
  );
  return tf.mul(0.5, tf.mean(tf.sum(products, 1)));
}

/** The logits of the network with dropout between its layers. */
function droppedLogits({ layers }: Stack, x: tf.Tensor2D, dropout: number, seed: number) {
  const [first, ...others] = layers as [Dense, ...Dense[]];
  const dropped = (h: tf.Tensor2D, k: number) =>
    tf.dropout(h, dropout, undefined, seed + 2 * k + 1) as tf.Tensor2D;
  return others.reduce((h, layer, k) => dense(dropped(h, k), layer), dense(x, first));
}
