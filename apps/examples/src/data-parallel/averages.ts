// The average over the replicas, where it belongs in a training step. The steps themselves are those of one process.
import * as tf from '@tensorflow/tfjs-core';
import type { Group } from './all-reduce.js';

/**
 * θ as it is, and in the backward pass ∂L/∂θ = Σₖ shareₖ ∂Lₖ/∂θ. Once for each parameter of a step, before its
 * first use: then all that is computed from it is averaged together.
 */
export const withMeanGradient = <T extends tf.Tensor>({ share, sum }: Group, theta: T): T =>
  tf.customGrad((x) => ({
    value: tf.clone(x as tf.Tensor),
    gradFunc: (dy) => across(sum, tf.mul(share, dy)),
  }))(theta) as T;

/** ℓ = Σₖ shareₖ ℓₖ. Its gradient by what this replica has is that of its own ℓₖ: the parameters average it. */
export const meanOver = ({ share, sum }: Group, own: tf.Tensor): tf.Scalar =>
  tf.customGrad((x) => ({
    value: across(sum, tf.mul(share, x as tf.Tensor)),
    gradFunc: (dy) => dy,
  }))(own) as tf.Scalar;

/**
 * κ of a whole batch from those of its parts: κ = Σₖ shareₖ² κₖ, as each example counts 1/B in the gradient by its own
 * representation, and 1/(share B) in that of a part.
 */
export const proxyOver = ({ share, sum }: Group, own: tf.Tensor): tf.Scalar =>
  across(sum, tf.mul(share ** 2, own)) as tf.Scalar;

export const across = (sum: Group['sum'], x: tf.Tensor): tf.Tensor =>
  tf.tensor(sum(x.dataSync<'float32'>()), x.shape);
