import * as tf from '@tensorflow/tfjs-core';
import {
  Checks,
  closedForm,
  float32,
  penaltyOf,
  type Regularizer,
  sum,
  type Weight,
} from '@toploss/core/kit';

const check: Checks = new Checks('template');

/**
 * The squared length of the logits: keeps predictions from being more confident than they need to be.
 *
 *     Φ = ½ mean ‖zᵢ‖²,   ∂Φ/∂z = z/B
 *
 * @param logits z: [B, C].
 * @returns Φ, a scalar ≥ 0.
 * @throws When the logits are not a matrix of float32, or have no rows.
 *
 * @example
 * const loss = tf.add(crossEntropy, templatePenalty(logits));
 */
export function templatePenalty(logits: tf.Tensor): tf.Scalar {
  const [B = 0] = check.tensor('logits', logits, ['B', 'C']);
  check.argument('logits', logits, float32);
  if (B === 0) {
    check.reject('logits', 'of shape [B, C] with B > 0', logits);
  }
  return closedForm([logits], () => ({
    // Divided first: the squares may be beyond float32 where their mean is not.
    value: sum(tf.square(tf.div(logits, Math.sqrt(2 * B)))),
    grads: [tf.div(logits, B)],
  }));
}

export interface TemplateInputs {
  /** z: [B, C]. */
  logits: tf.Tensor;
}

export interface TemplateOptions {
  /** λ ≥ 0, or a schedule of it; default 1e-2. */
  lambda?: Weight;
}

/**
 * λ·`templatePenalty` as a term for `trainStep` and `composite`.
 *
 * @example
 * const step = trainStep({ optimizer, terms: [template({ lambda: 0.1 })] });
 */
export function template(
  options: TemplateOptions = {},
): Regularizer<TemplateInputs> & { readonly name: 'template' } {
  return penaltyOf(options, {
    name: 'template',
    lambda: 1e-2,
    of: ({ logits }: TemplateInputs) => ({ by: [logits], phi: () => templatePenalty(logits) }),
  });
}
