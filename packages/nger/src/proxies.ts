import * as tf from '@tensorflow/tfjs-core';
import {
  assertGradients,
  callback,
  checkArgument,
  checkTensor,
  constant,
  dot,
  float32,
  reject,
} from '@toploss/core';
import { onOneTape } from './tape.js';
import { where } from './vector.js';

/** What the tasks share: their representation, or their parameters, the variables below it. */
export type Shared = tf.Tensor | readonly tf.Tensor[];

/**
 * How fast each task learns: the squared norm of its gradient by what the tasks share, the trace of its
 * neural tangent kernel along the gradient of its loss.
 *
 *     κₜ = ‖∂ℓₜ/∂shared‖²
 *
 * By the shared representation that costs one backward pass of each head, which `lossesAndProxies` saves, by
 * the shared parameters one of the whole network for each task. What a task does not reach counts as 0.
 *
 * @param taskLosses From `shared` to the losses of the tasks, T scalars. In a gradient, as in `forward` of
 *   `trainStep`, losses that were computed from `shared` there may be returned as they are.
 * @param shared A tensor; or an array, of variables or tensors.
 * @returns κ: [T], a constant.
 * @throws When `taskLosses` returns anything but scalars, or a task reaches nothing of `shared`.
 *
 * @example
 * const heads = (h) => [crossEntropy(tf.matMul(h, w1)), squaredError(tf.matMul(h, w2))];
 * const kappa = ntkProxies(heads, features);
 * const kappaOfWeights = ntkProxies(() => heads(trunk(x)), [trunkW, trunkB]);
 */
export function ntkProxies<S extends Shared>(
  taskLosses: (shared: S) => tf.Tensor[],
  shared: S,
): tf.Tensor1D {
  assertGradients();
  checkArgument(where, 'taskLosses', taskLosses, callback);
  const inputs = checkShared(shared);
  return tf.tidy(() => {
    const proxies = onOneTape(() =>
      checkLosses('taskLosses()', taskLosses(shared)).map((loss, task) =>
        constant(() => squaredNorm(gradientsBy(inputs, loss, `taskLosses()[${task}]`))),
      ),
    );
    return tf.stack(proxies) as tf.Tensor1D;
  });
}

function checkShared(shared: unknown): tf.Tensor[] {
  const inputs = Array.isArray(shared) ? shared : [shared];
  if (inputs.length === 0) {
    reject(where, 'shared', 'to be a tensor or a non-empty array of tensors', shared);
  }
  for (const x of inputs) {
    checkArgument(where, 'shared', x, float32);
  }
  return inputs;
}

export function checkLosses(argument: string, losses: unknown): tf.Scalar[] {
  if (!Array.isArray(losses) || losses.length === 0) {
    reject(where, argument, 'to be a non-empty array of scalars', losses);
  }
  for (const [task, loss] of losses.entries()) {
    checkTensor(where, `${argument}[${task}]`, loss, []);
  }
  return losses;
}

/** ∂ℓ/∂x for the inputs that ℓ reaches, on the tape that ℓ is on. */
export function gradientsBy(inputs: tf.Tensor[], loss: tf.Scalar, argument: string): tf.Tensor[] {
  const { grads } = tf.engine().gradients(() => loss, inputs, undefined, true);
  const reached = grads.filter((grad) => grad != null);
  if (reached.length === 0) {
    reject(
      where,
      argument,
      'to be computed from what the tasks share, in this call or in the gradient around it',
      loss,
    );
  }
  return reached;
}

/** Σ ‖g‖². */
export const squaredNorm = (grads: tf.Tensor[]): tf.Scalar =>
  grads.map((grad) => dot(grad, grad)).reduce((total, square) => tf.add(total, square));
