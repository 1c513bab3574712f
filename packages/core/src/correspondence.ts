import * as tf from '@tensorflow/tfjs-core';
import { Checks, tensor } from './kit/check.js';
import { closedForm } from './kit/closed-form.js';
import { innerProduct } from './kit/sum.js';

/**
 * x as a constant: the same values, and a gradient of zero.
 *
 *     sg(x) = x,   ∂sg(x)/∂x = 0
 *
 * Nothing is copied: the result shares the buffer of `x`. The caller owns it.
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
 * The frozen surrogate of any correction c, the correspondence principle for those that are nobody's
 * gradient: plain descent on `L + Φₖ` makes the step `u = −η (g + c(θₖ))` exactly.
 *
 *     Φₖ(θ) = ⟨sg(c(θₖ)), θ⟩,   ∂Φₖ/∂θ = c(θₖ)
 *
 * It is another function at every step, so its *value* means nothing: never report it as a loss.
 *
 * @param correction c, by parameter name.
 * @param params θ, by the same names; each of the shape of its correction.
 */
export function surrogate(correction: tf.NamedTensorMap, params: tf.NamedTensorMap): tf.Scalar {
  check.object('params', params);
  const thetas = new Map(Object.entries(params));
  const pairs = check.each('correction', correction, tensor).map(([name, c]) => {
    const theta = thetas.get(name);
    check.tensor(`params.${name}`, theta, c.shape);
    return { c, theta: theta as tf.Tensor };
  });
  return closedForm(
    pairs.map(({ theta }) => theta),
    () => ({
      value: innerProduct(pairs.map(({ c, theta }) => [c, theta])),
      grads: pairs.map(({ c }) => c),
    }),
  );
}
