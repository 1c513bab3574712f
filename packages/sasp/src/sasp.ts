import type * as tf from '@tensorflow/tfjs-core';
import {
  checkObject,
  checkOptions,
  closedForm,
  flag,
  type Head,
  headOf,
  headRule,
  oneOf,
  type Regularizer,
  tensor,
  type Weight,
  weight,
  weightAt,
} from '@toploss/core';
import { headLoss } from './head-loss.js';
import { biasOf } from './heads.js';
import { checkInputs } from './inputs.js';

export interface SaspOptions {
  /** `'fisher'` (default): ‖e‖², the empirical Fisher; `'hessian'`: tr A, the exact Hessian. */
  curvature?: 'fisher' | 'hessian';
  /** How the logits predict; default `'softmax'`. */
  head?: Head;
  /** Whether the head has a bias, whose gradient is e itself; default true. */
  includeBias?: boolean;
  /** [B], true or 1 for the examples that count; default all. */
  mask?: tf.Tensor;
}

export const saspRules = {
  curvature: oneOf('fisher', 'hessian'),
  head: headRule,
  includeBias: flag,
  mask: tensor,
};

/**
 * SASP, spectral-aware sharpness penalty: the trace of the curvature of the classifier head, after
 * sharpness-aware minimization (SAM).
 *
 *     T = mean_i c_i S_i,   S_i = ‖h_i‖² + 1
 *
 * where c_i = ‖e_i‖² gives the trace of the empirical Fisher (`curvature: 'fisher'`) and c_i = tr A_i that
 * of the Hessian, which is also the Gauss–Newton matrix and the true Fisher (`'hessian'`). Both gradients
 * are closed forms, by the logits and by the features; there is no second backward pass.
 *
 * T has the unit of ℓ/‖W‖².
 *
 * @param logits z: [B, C].
 * @param features h, the input of the last layer: [B, D].
 * @param targets `int32 [B]`, or one-hot or soft [B, C] with rows that sum to 1; [B, C] for the other heads.
 *   Constant: nothing flows back into them.
 * @returns T, a scalar ≥ 0.
 * @throws When a shape does not fit, or a class index is out of range (on cpu and wasm, where it can be known
 *   without waiting for the device).
 *
 * @example
 * const loss = tf.add(crossEntropy, tf.mul(0.01, saspPenalty(logits, features, targets)));
 *
 * @see P. Foret et al., Sharpness-Aware Minimization for Efficiently Improving Generalization, 2021.
 * @see R. A. Patil, Topological Loss Engineering, 2026, doi:10.5281/zenodo.20480620.
 */
export function saspPenalty(
  logits: tf.Tensor,
  features: tf.Tensor,
  targets: tf.Tensor,
  options: SaspOptions = {},
): tf.Scalar {
  checkOptions('sasp', options, saspRules);
  return closedFormOf({ logits, features, targets }, options, { loss: false, lambda: 1 });
}

/** The loss or its trace or both, weighted, of checked inputs. */
export function closedFormOf(
  inputs: SaspInputs,
  { curvature = 'fisher', head = 'softmax', includeBias = true, mask }: SaspOptions,
  parts: { loss: boolean; lambda: number },
): tf.Scalar {
  const { logits, features, targets } = inputs;
  const checked = checkInputs({ logits, features, targets, mask }, head);
  return closedForm([logits, features], () => {
    const options = { curvature, head, includeBias, ...parts };
    const { value, dLogits, dFeatures } = headLoss(checked, options);
    return { value, grads: [dLogits, dFeatures] };
  });
}

export interface SaspInputs {
  /** z: [B, C] */
  logits: tf.Tensor;
  /** h: [B, D] */
  features: tf.Tensor;
  /** Class indices `int32 [B]`, or one-hot or soft [B, C]. */
  targets: tf.Tensor;
  /**
   * How the logits predict, as the model says it, or `null` where it does not and the option has to. Where both say
   * it, they have to agree.
   */
  head?: Head | null;
  /** Whether the layer has a bias, as the model says it; the option may leave it out. */
  includeBias?: boolean;
}

export interface SaspTermOptions extends SaspOptions {
  /** λ ≥ 0, or a schedule of it; default 1e-2. */
  lambda?: Weight;
}

/**
 * λ·SASP as a term for `trainStep` and `composite`.
 *
 * @example
 * const step = trainStep({ optimizer, terms: [sasp({ curvature: 'hessian', lambda: 0.05 })] });
 */
export function sasp(
  options: SaspTermOptions = {},
): Regularizer<SaspInputs> & { readonly name: 'sasp' } {
  checkOptions('sasp', options, { lambda: weight, ...saspRules });
  const { lambda = 1e-2, ...formula } = options;
  return {
    name: 'sasp',
    penalty: (inputs, step = 0) => {
      checkObject('sasp', 'inputs', inputs);
      const parts = { loss: false, lambda: weightAt('sasp', lambda, step) };
      const head = headOf('sasp', inputs.head, formula.head);
      const includeBias = biasOf('sasp', inputs.includeBias, formula.includeBias);
      return closedFormOf(inputs, { ...formula, head, includeBias }, parts);
    },
  };
}
