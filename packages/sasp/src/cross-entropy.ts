import type * as tf from '@tensorflow/tfjs-core';
import { checkOptions, nonNegative } from '@toploss/core/kit';
import { closedFormOf, type SaspOptions, saspRules } from './sasp.js';

export interface SaspCrossEntropyOptions extends SaspOptions {
  /** λ ≥ 0; default 1e-2. */
  lambda?: number;
}

/**
 * The loss and its SASP in one: one prediction, one gradient.
 *
 *     L = mean_i ℓ_i + λ T,   ∂L/∂z_i = e_i/B + λ ∂T/∂z_i
 *
 * ℓ is the cross-entropy of the head: −Σ y log p (softmax), −Σ y log s + (1−y) log(1−s) (sigmoid, summed over
 * the labels), ½‖z − y‖² (linear). See {@link saspPenalty} for T and the arguments.
 *
 * @example
 * const loss = saspCrossEntropy(logits, features, targets, { lambda: 0.05, curvature: 'hessian' });
 */
export function saspCrossEntropy(
  logits: tf.Tensor,
  features: tf.Tensor,
  targets: tf.Tensor,
  options: SaspCrossEntropyOptions = {},
): tf.Scalar {
  checkOptions('sasp', options, { lambda: nonNegative, ...saspRules });
  const { lambda = 1e-2, ...formula } = options;
  return closedFormOf({ logits, features, targets }, formula, { loss: true, lambda });
}
