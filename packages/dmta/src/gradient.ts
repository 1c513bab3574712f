import * as tf from '@tensorflow/tfjs-core';
import { hessianVectorProduct } from '@toploss/core';
import {
  callback,
  checkVariables,
  differenceRules,
  gradientsOf,
  nonNegative,
  scaled,
} from '@toploss/core/kit';
import { alignmentOf, floored } from './formula.js';
import { check, type DmtaGradientOptions } from './inputs.js';
import type { Pieces } from './loop.js';

export const gradientRules = { ...differenceRules, eps: nonNegative };

/**
 * Φ = 1 − cos(∇L, sg m̄) and its gradient by the parameters.
 *
 *     ∂Φ/∂θ = H v,   v = −(m̂ − ⟨ĝ,m̂⟩ĝ) / max(‖g‖, eps),   g = ∇L(θ)
 *
 * H v is a difference of gradients, accurate to about three digits (see `hessianVectorProduct`). The loss is
 * differentiated three times, once for g and twice for H v; with `difference: 'forward'` only twice.
 *
 * Near a minimum g vanishes and loses its direction, while the gradient of Φ grows as 1/‖g‖. `eps` is the length below
 * which it stops to grow: that of the shortest g whose direction still means something. The default is about the rounding
 * error of the gradient of a loss of order 1. Choose a larger `eps` if the gradients are noisy.
 *
 * @param loss L, a deterministic function of the variables: the same batch, masks and noise in every call. Otherwise the
 *   gradient is far too long. That is not checked here; `dmta` checks it once.
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
  check.options(options, gradientRules);
  check.argument('loss', loss, callback);
  checkVariables('dmta', params);
  const theta = Object.fromEntries(params.map((variable) => [variable.name, variable]));
  const average = Object.values(check.tensors('slow', slow, theta));
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
  // `across` has length ≤ 1: 1/‖g‖ must not enter the step of the difference.
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
