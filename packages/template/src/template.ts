import * as tf from '@tensorflow/tfjs-core';
import {
  checkArgument,
  checkObject,
  checkOptions,
  checkTensor,
  closedForm,
  float32,
  type Regularizer,
  reject,
  sum,
  type Weight,
  weight,
  weighted,
} from '@toploss/core/kit';

const where = 'template';

/**
 * The squared length of the logits: a prediction shall not be surer than it has to.
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
  const [B = 0] = checkTensor(where, 'logits', logits, ['B', 'C']);
  checkArgument(where, 'logits', logits, float32);
  if (B === 0) {
    reject(where, 'logits', 'of shape [B, C] with B > 0', logits);
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
  checkOptions(where, options, { lambda: weight });
  const { lambda = 1e-2 } = options;
  return {
    name: 'template',
    penalty: (inputs, step = 0) => {
      checkObject(where, 'inputs', inputs);
      const { logits } = inputs;
      return weighted(where, lambda, step, [logits], () => templatePenalty(logits));
    },
  };
}
