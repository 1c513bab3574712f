import * as tf from '@tensorflow/tfjs-core';
import { Checks, tensor } from './kit/check.js';
import { closedForm } from './kit/closed-form.js';
import { innerProduct } from './kit/sum.js';

/**
 * Returns x as a constant, with the same values and a gradient of zero.
 *
 *     sg(x) = x,   ∂sg(x)/∂x = 0
 *
 * The result shares the memory of `x`, without a copy. The caller owns the result.
 *
 * @example
 * const gate = stopGradient(tf.sigmoid(tf.mul(beta, tf.mul(theta, grad))));
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  new Checks('core.stopGradient').argument('x', x, tensor);
  return tf.customGrad((input) => ({
    value: tf.clone(input as T),
    gradFunc: (dy: T) => tf.zerosLike(dy),
  }))(x);
}

const check: Checks = new Checks('core.surrogate');

/**
 * The frozen surrogate of a correction c: a penalty with the gradient c, even if c is not the gradient of any function.
 * Gradient descent on `L + Φₖ` takes exactly the step `u = −η (g + c(θₖ))`.
 *
 *     Φₖ(θ) = ⟨sg(c(θₖ)), θ⟩,   ∂Φₖ/∂θ = c(θₖ)
 *
 * Φₖ is a different function at every step, so its *value* means nothing: never report it as a loss.
 *
 * @param correction c, by parameter name.
 * @param params θ, with the names and shapes of the corrections.
 */
export function surrogate(correction: tf.NamedTensorMap, params: tf.NamedTensorMap): tf.Scalar {
  check.object('params', params);
  const own = new Map(Object.entries(params));
  const corrections = check.each('correction', correction, tensor);
  const c = corrections.map(([, tensor]) => tensor);
  const theta = corrections.map(([name, { shape }]) => {
    check.tensor(`params.${name}`, own.get(name), shape);
    return own.get(name) as tf.Tensor;
  });
  return closedForm(theta, () => ({ value: innerProduct(c, theta), grads: c }));
}
