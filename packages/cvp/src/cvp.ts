import * as tf from '@tensorflow/tfjs-core';
import { callback, checkOptions, closedForm, nonNegative, number, oneOf } from '@toploss/core/kit';
import { addDecay, type Decayed, type DecayOptions, type Target } from './decay.js';
import type { GateOptions } from './gate.js';
import { type Filter, isDecayed, isMatrix, type Parameter, pair } from './parameters.js';

export interface CvpOptions extends GateOptions {
  /** What is decayed; by default tensors of rank ≥ 2. */
  filter?: Filter;
}

export const cvpRules = {
  beta: number('a number > 0', (x) => x > 0),
  gate: oneOf('cautious', 'expansion'),
  normalize: oneOf('rms', 'none'),
  filter: callback,
};

/** λ ∂Φ/∂θ = λ a⊙θ, with `grad` in the gate, added to `target`; `undefined` where nothing is decayed. */
export function decayOf(
  { name, theta, grad }: Parameter,
  { filter = isMatrix, ...gate }: CvpOptions & DecayOptions,
  target?: Target,
): Decayed | undefined {
  return grad !== null && isDecayed(filter, name, theta)
    ? addDecay(theta, grad, gate, target)
    : undefined;
}

/** Φ = ½ Σ aθ², over what is decayed. */
export const penaltyValue = (decays: readonly (Decayed | undefined)[]): tf.Scalar =>
  tf.addN([tf.scalar(0), ...decays.flatMap((decay) => decay?.value() ?? [])]);

/**
 * CVP, cautious volume-preserving regularization: weight decay only where it is safe, after Cautious Weight
 * Decay.
 *
 *     Φ = ½ Σ a θ²,   a = sg σ(β s),   s = θ⊙g / rms(θ⊙g)
 *
 *     ∂Φ/∂θ = a⊙θ
 *
 * The gate a opens where the descent step −g moves a weight toward zero anyway, and closes where decay would
 * work against the loss, so that it does not move the minimum. It is a constant: nothing flows back into it,
 * nor into the gradients.
 *
 * Φ has the unit of θ². Added to the loss it is right for plain gradient descent; for an adaptive optimizer
 * use {@link applyCvp}, which comes to the same, or better the decoupled mode of {@link cvp}.
 *
 * @param params θ. Their names, for the filter, are '0', '1', …
 * @param grads g, of the same shapes; `null` says that a parameter has none and is not decayed.
 * @throws When a gradient is missing (not `null`, but left out), or all are `null`.
 *
 * @example
 * const loss = tf.add(base, tf.mul(0.01, cvpPenalty([w1, w2], [g1, g2])));
 *
 * @see Cautious Weight Decay, arXiv:2510.12402.
 * @see R. A. Patil, Topological Loss Engineering, 2026, doi:10.5281/zenodo.20480620.
 */
export function cvpPenalty(
  params: readonly tf.Tensor[],
  grads: readonly (tf.Tensor | null)[],
  options: CvpOptions = {},
): tf.Scalar {
  checkOptions('cvp', options, cvpRules);
  return penaltyOf(pair(params, grads), options);
}

export function penaltyOf(parameters: readonly Parameter[], options: CvpOptions): tf.Scalar {
  return closedForm(
    parameters.map(({ theta }) => theta),
    () => {
      const decays = parameters.map((parameter) => decayOf(parameter, options));
      return {
        value: penaltyValue(decays),
        grads: decays.map(
          (decay, k) => decay?.sum ?? tf.zerosLike((parameters[k] as Parameter).theta),
        ),
      };
    },
  );
}

export interface ApplyCvpOptions extends CvpOptions {
  /** λ ≥ 0; default 1e-2. */
  lambda?: number;
}

/**
 * CVP as a correction of the gradients, between the backward pass and the optimizer.
 *
 *     g ← g + λ a⊙θ
 *
 * @param grads g, by parameter name.
 * @param params θ, by the same names.
 * @returns New tensors, one for each gradient; the caller owns them.
 * @throws When a parameter has no gradient or a gradient no parameter.
 *
 * @example
 * const { value, grads } = tf.variableGrads(loss);
 * optimizer.applyGradients(applyCvp(grads, params, { lambda: 0.05 }));
 */
export function applyCvp(
  grads: tf.NamedTensorMap,
  params: tf.NamedTensorMap,
  options: ApplyCvpOptions = {},
): tf.NamedTensorMap {
  checkOptions('cvp', options, { lambda: nonNegative, ...cvpRules });
  const { lambda = 1e-2, ...formula } = options;
  return tf.tidy(() => inject(pair(params, grads, 'required'), lambda, formula).grads);
}

/** g + λ a⊙θ, and the decays that went into it. At λ = 0 the gradients are g, bit for bit. */
export function inject(parameters: readonly Parameter[], lambda: number, options: CvpOptions) {
  const decays = parameters.map((parameter) =>
    lambda === 0
      ? undefined
      : decayOf(parameter, options, { to: parameter.grad as tf.Tensor, factor: lambda }),
  );
  const grads = parameters.map(({ name, grad }, k): [string, tf.Tensor] => [
    name,
    decays[k]?.sum ?? tf.clone(grad as tf.Tensor),
  ]);
  return { grads: Object.fromEntries(grads), decays };
}
