import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, closedForm, nonNegative } from '@toploss/core';
import { heads } from './heads.js';
import { batchOf, checkInputs, type Targets } from './inputs.js';
import { headTrace, type SaspOptions, saspRules } from './sasp.js';

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
  logits: tf.Tensor2D,
  features: tf.Tensor2D,
  targets: Targets,
  options: SaspCrossEntropyOptions = {},
): tf.Scalar {
  checkOptions('sasp', options, { lambda: nonNegative, ...saspRules });
  const { lambda = 1e-2, head = 'softmax', mask } = options;
  checkInputs(logits, features, targets, head, mask);
  return closedForm([logits, features], () => {
    const batch = batchOf(logits, features, targets, mask);
    const prediction = heads[head](batch.logits, batch.labels);
    const value: tf.Scalar = tf.sum(tf.mul(batch.share, prediction.loss()));
    const dLogits = tf.mul(batch.share, prediction.error);
    if (lambda === 0) {
      return { value, grads: [dLogits, tf.zerosLike(features)] };
    }
    const trace = headTrace(prediction, batch, options);
    return {
      value: tf.add<tf.Scalar>(value, tf.mul(lambda, trace.value)),
      grads: [tf.add(dLogits, tf.mul(lambda, trace.dLogits)), tf.mul(lambda, trace.dFeatures)],
    };
  });
}
