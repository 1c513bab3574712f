import * as tf from '@tensorflow/tfjs-core';
import { hessianVectorProduct } from '@toploss/core';
import {
  callback,
  checkArgument,
  checkOptions,
  checkTensors,
  checkVariables,
  type DifferenceOptions,
  differenceRules,
  gradientsOf,
  nonNegative,
  scaled,
} from '@toploss/core/kit';
import { alignmentOf, floored } from './formula.js';
import type { Pieces } from './loop.js';

export interface DmtaGradientOptions extends DifferenceOptions {
  /** Floor of ‖g‖, in the unit of g; default 1e-6. The gradient of Φ grows as 1/‖g‖ down to it. */
  eps?: number;
}

export const gradientRules = { ...differenceRules, eps: nonNegative };

/**
 * Φ = 1 − cos(∇L, sg m̄) and its gradient by the parameters.
 *
 *     ∂Φ/∂θ = H v,   v = −(m̂ − ⟨ĝ,m̂⟩ĝ) / max(‖g‖, eps),   g = ∇L(θ)
 *
 * H v is a difference of gradients, right to about three digits (see `hessianVectorProduct`): the loss is
 * differentiated three times in all, once for g and twice for H v; with `difference: 'forward'` twice.
 *
 * Near a minimum g vanishes and with it its direction, while the gradient grows as 1/‖g‖. `eps` is where that
 * ends: the shortest g whose direction still means something. The default is about what float32 leaves of the
 * gradient of a loss of order 1; with noisy gradients a longer one is in place.
 *
 * @param loss L, a deterministic function of the variables: the same batch, and the same masks and noise, in every
 *   call. A loss that draws others gives a gradient that is far too long, which is not seen here; `dmta` checks it once.
 * @param params θ. They move during the call and hold the same values after it, also when `loss` throws.
 * @param slow m̄ by parameter name, of the parameters' shapes; a constant.
 * @returns Φ, a scalar in [0, 2], and ∂Φ/∂θ by parameter name; the caller owns them. Where g or m̄ is zero, Φ is
 *   1 and its gradient zero.
 * @throws When m̄ does not fit the parameters, or the loss does not reach one of them; and what `loss` throws.
 *
 * @example
 * const { value, grads } = dmtaGradient(() => crossEntropy(model(x), y), [w, b], term.slow());
 *
 * @see {@link dmtaPenalty}, Φ as a function of g.
 */
export function dmtaGradient(
  loss: () => tf.Tensor,
  params: tf.Variable[],
  slow: tf.NamedTensorMap,
  options: DmtaGradientOptions = {},
): { value: tf.Scalar; grads: tf.NamedTensorMap } {
  checkOptions('dmta', options, gradientRules);
  checkArgument('dmta', 'loss', loss, callback);
  checkVariables('dmta', params);
  const theta = Object.fromEntries(params.map((variable) => [variable.name, variable]));
  const average = Object.values(checkTensors('dmta', 'slow', slow, theta));
  return tf.tidy(() => {
    const { grads: g } = gradientsOf('dmta', loss, params);
    const { value, grads } = alignmentGradient(loss, params, Object.values(g), average, options);
    return { value, grads: named(params, grads) };
  });
}

/**
 * Φ of a g that is known, and H v in the order of the parameters. A forward difference starts from that g. To be
 * called in a tidy.
 */
export function alignmentGradient(
  loss: () => tf.Tensor,
  params: tf.Variable[],
  g: Pieces,
  slow: Pieces,
  { eps = 1e-6, ...difference }: DmtaGradientOptions,
): { value: tf.Scalar; grads: tf.Tensor[] } {
  const { value, across, length } = alignmentOf(g, slow);
  // Of a vector of length ≤ 1, so that 1/‖g‖ does not enter the step of the difference.
  const product = hessianVectorProduct(loss, params, named(params, across), {
    ...difference,
    ...(difference.difference === 'forward' && { gradient: named(params, g) }),
  });
  const inverse = tf.div<tf.Scalar>(1, floored(length, eps));
  return {
    value,
    grads: params.map(({ name }) => scaled(inverse, product[name]!)),
  };
}

/** Tensors in the order of the parameters, by their names. */
export const named = (params: readonly { name: string }[], tensors: Pieces): tf.NamedTensorMap =>
  Object.fromEntries(params.map(({ name }, k) => [name, tensors[k]!]));
