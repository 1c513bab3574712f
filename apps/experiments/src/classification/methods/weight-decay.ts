import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy, type Step, type Training } from './step.js';

export interface WeightDecayOptions {
  lambda: number;
  /** Decay only what the optimizer's step makes smaller anyway. */
  cautious: boolean;
}

/**
 * Weight decay as a step of its own, beside that of any optimizer; around Adam it is AdamW. The kernels decay, the
 * biases do not.
 *
 *     x ← x − η (u + λ a⊙x),   a = 1,   cautious: a = 1[u⊙x ≥ 0]
 *
 * @see AdamW: Loshchilov and Hutter, https://arxiv.org/abs/1711.05101
 * @see Cautious Weight Decay: https://arxiv.org/abs/2510.12402
 */
export function weightDecay(
  { lambda, cautious }: WeightDecayOptions,
  { network, optimizer, rate }: Training,
): Step {
  const kernels = network.params.filter(({ rank }) => rank > 1);
  return {
    take: (batch) =>
      tf.tidy(() => {
        const before = kernels.map((kernel) => tf.clone(kernel));
        optimizer.minimize(() => crossEntropy(network, batch), false, network.params);
        for (const [k, kernel] of kernels.entries()) {
          const x = before[k] as tf.Tensor;
          const decayed = cautious ? tf.mul(gate(tf.sub(x, kernel), x), x) : x;
          kernel.assign(tf.sub(kernel, tf.mul(rate * lambda, decayed)));
        }
      }),
  };
}

/** 1[u⊙x ≥ 0]; what u is scaled by does not matter. By the signs: a product of small numbers would be 0. */
const gate = (u: tf.Tensor, x: tf.Tensor): tf.Tensor =>
  tf.cast(tf.greaterEqual(tf.mul(tf.sign(u), tf.sign(x)), 0), 'float32');
