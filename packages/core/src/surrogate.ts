import type * as tf from '@tensorflow/tfjs-core';
import { checkObject, checkTensor, reject, tensor } from './arguments.js';
import { closedForm } from './closed-form.js';
import { innerProduct } from './sum.js';

const where = 'core.surrogate';

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
  checkObject(where, 'correction', correction);
  checkObject(where, 'params', params);
  const thetas = new Map(Object.entries(params));
  const pairs = Object.entries(correction).map(([name, c]) => {
    if (!tensor.allows(c)) {
      reject(where, `correction.${name}`, tensor.expected, c);
    }
    const theta = thetas.get(name);
    checkTensor(where, `params.${name}`, theta, c.shape);
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
