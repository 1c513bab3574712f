import * as tf from '@tensorflow/tfjs-core';
import {
  closedForm,
  flag,
  type Head,
  headOf,
  headRule,
  nonNegative,
  oneOf,
  type Regularizer,
  tensor,
  type Weight,
  weight,
  weightAt,
} from '@toploss/core/kit';
import { headLoss } from './head/formula.js';
import { biasOf } from './head/heads.js';
import { check, checkInputs, label, rowsOf } from './head/inputs.js';

export interface SaspOptions {
  /** `'fisher'` (default): ‖e‖², the empirical Fisher; `'hessian'`: tr A, the exact Hessian. */
  curvature?: 'fisher' | 'hessian';
  /** How the logits predict; default `'softmax'`. */
  head?: Head;
  /** Whether the head has a bias, which adds 1 to S; default true. */
  includeBias?: boolean;
  /** [B], or the shape of the rows: true or 1 for the examples that count; default all. */
  mask?: tf.Tensor;
  /**
   * The number that stands for a missing label; may be NaN. With class indices and softmax labels, the example is left
   * out. With the other heads, the label alone is, and examples without any label. The mean is over the examples left.
   */
  ignoreLabel?: number;
}

export const saspRules = {
  curvature: oneOf('fisher', 'hessian'),
  head: headRule,
  includeBias: flag,
  mask: tensor,
  ignoreLabel: label,
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
 * @param logits z: [B, C], or [B, …, C], whose rows are the examples.
 * @param features h, the input of the last layer: [B, D], or [B, …, D].
 * @param targets `int32 [B]`, or one-hot or soft [B, C] with rows that sum to 1; [B, C] for the other heads.
 *   They are constants: no gradient flows into them.
 * @returns T, a scalar ≥ 0.
 * @throws If a shape does not fit, or a softmax has one class. On cpu and wasm also if targets are NaN or infinite, class
 *   indices are out of range, rows of softmax labels do not sum to 1, labels of a sigmoid lie outside [0, 1], or a mask
 *   holds anything but 0 and 1. A GPU would have to wait for these values; there, NaN counts as a missing label.
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
  check.options(options, saspRules);
  return closedFormOf({ logits, features, targets }, options, { loss: false, lambda: 1 });
}

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
  check.options(options, { lambda: nonNegative, ...saspRules });
  const { lambda = 1e-2, ...formula } = options;
  return closedFormOf({ logits, features, targets }, formula, { loss: true, lambda });
}

/** The loss, λ times its trace, or both. */
function closedFormOf(
  inputs: SaspInputs,
  { curvature = 'fisher', head = 'softmax', includeBias = true, mask, ignoreLabel }: SaspOptions,
  parts: { loss: boolean; lambda: number },
): tf.Scalar {
  const { logits, features, targets } = inputs;
  const given = { logits, features, targets, mask, ignoreLabel };
  checkInputs(check, given, head);
  return closedForm([logits, features], () => {
    const options = { curvature, head, includeBias, ...parts };
    const { value, dLogits, dFeatures } = headLoss(rowsOf(given), options);
    const as = (x: tf.Tensor, gradient: tf.Tensor | Float32Array) =>
      gradient instanceof tf.Tensor && x.rank !== 2 ? tf.reshape(gradient, x.shape) : gradient;
    return { value, grads: [as(logits, dLogits), as(features, dFeatures)] };
  });
}

export interface SaspInputs {
  /** z: [B, C], or [B, …, C] */
  logits: tf.Tensor;
  /** h: [B, D], or [B, …, D] */
  features: tf.Tensor;
  /** Class indices `int32 [B]`, or one-hot or soft [B, C]. */
  targets: tf.Tensor;
  /** Replaces the option `mask` in this step: [B], or the shape of the rows. */
  mask?: tf.Tensor | undefined;
  /**
   * The head that the model has, or `null` if the model does not say. Then the option `head` is required. If both are
   * given, they must agree.
   */
  head?: Head | null;
  /** Whether the model's last layer has a bias. The option can leave the bias out of the trace. */
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
): Regularizer<SaspInputs> & { readonly name: 'sasp'; readonly lambda: Weight } {
  check.options(options, { lambda: weight, ...saspRules });
  const { lambda = 1e-2, ...formula } = options;
  return {
    name: 'sasp',
    lambda,
    penalty: (inputs, step = 0) => {
      check.object('inputs', inputs);
      const parts = { loss: false, lambda: weightAt(check.where, lambda, step) };
      const head = headOf(check.where, inputs.head, formula.head);
      const includeBias = biasOf(check, inputs.includeBias, formula.includeBias);
      const mask = inputs.mask ?? formula.mask;
      const settings = { ...formula, head, includeBias, ...(mask && { mask }) };
      return closedFormOf(inputs, settings, parts);
    },
  };
}
