import * as tf from '@tensorflow/tfjs-core';
import { callback, checkOptions, nonNegative, number, oneOf } from '@toploss/core/kit';
import { type CvpOptions, decayOf } from './formula.js';
import { type Parameter, pair } from './parameters.js';

export const cvpRules = {
  beta: number('a number > 0', (x) => x > 0),
  gate: oneOf('cautious', 'expansion'),
  normalize: oneOf('rms', 'none'),
  filter: callback,
};

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
