import * as tf from '@tensorflow/tfjs-core';
import { reject } from './arguments.js';
import { closedForm } from './closed-form.js';
import { sum } from './sum.js';

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
  const names = Object.keys(correction);
  const pairs = names.map((name) => {
    const c = correction[name] as tf.Tensor;
    const theta = params[name];
    if (theta === undefined) {
      reject('core.surrogate', `params.${name}`, 'for the correction of that name', theta);
    }
    if (!tf.util.arraysEqual(theta.shape, c.shape)) {
      reject('core.surrogate', `params.${name}`, `of shape [${c.shape.join(', ')}]`, theta);
    }
    return { c, theta };
  });
  return closedForm(
    pairs.map(({ theta }) => theta),
    () => ({
      value: tf.addN([tf.scalar(0), ...pairs.map(({ c, theta }) => sum(tf.mul(c, theta)))]),
      grads: pairs.map(({ c }) => c),
    }),
  );
}
