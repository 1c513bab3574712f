import * as tf from '@tensorflow/tfjs-core';
import {
  assertGradients,
  callback,
  checkArgument,
  checkTensor,
  holdBack,
  reject,
  sum,
  withPullback,
} from '@toploss/core';
import { where } from './vector.js';

/** What the tasks share: their representation, or their parameters, the variables below it. */
export type Shared = tf.Tensor | readonly tf.Tensor[];

/**
 * How fast each task learns: the squared norm of its gradient by what the tasks share, the trace of its
 * neural tangent kernel along the gradient of its loss.
 *
 *     κₜ = ‖∂ℓₜ/∂shared‖²
 *
 * By the shared representation that costs one backward pass of each head, by the shared parameters one of the
 * whole network for each task. What a task does not reach counts as 0.
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
  taskLosses: (shared: S) => tf.Scalar[],
  shared: S,
): tf.Tensor1D {
  assertGradients();
  checkArgument(where, 'taskLosses', taskLosses, callback);
  const inputs = checkShared(shared);
  return tf.tidy(() => {
    const proxies = onOneTape(() => {
      const losses = checkLosses(taskLosses(shared));
      return tf.stack(losses.map((loss, task) => squaredNorm(task, loss, inputs))) as tf.Tensor1D;
    });
    // An operation without inputs. tfjs would take `stopGradient` back through the gradients inside, times 0,
    // and has no second derivative of most.
    return withPullback([], () => ({ value: tf.clone(proxies), saved: [], pullback: () => [] }));
  });
}

/** Σ ‖∂ℓ/∂x‖² over the inputs that ℓ reaches. */
function squaredNorm(task: number, loss: tf.Scalar, inputs: tf.Tensor[]): tf.Scalar {
  return tf.tidy(() => {
    const { grads } = tf.engine().gradients(() => loss, inputs, undefined, true);
    const reached = grads.filter((grad) => grad != null);
    if (reached.length === 0) {
      reject(
        where,
        `taskLosses()[${task}]`,
        'to be computed from `shared`, in this call or in the gradient around it',
        loss,
      );
    }
    return reached
      .map((grad) => sum(tf.square(grad)))
      .reduce((total, square) => tf.add(total, square));
  });
}

/** f, all of it on one tape, so that the losses are computed once and differentiated one by one. */
function onOneTape(f: () => tf.Tensor1D): tf.Tensor1D {
  let made: tf.Tensor1D | undefined;
  const tape = holdBack(() => {
    made = tf.keep(f());
    return tf.scalar(0);
  });
  tf.engine().gradients(tape.f, [tf.scalar(0)], undefined, true);
  tape.rethrow();
  return tf.tidy(() => {
    const kept = made as tf.Tensor1D;
    const result = tf.clone(kept);
    kept.dispose();
    return result;
  });
}

function checkShared(shared: unknown): tf.Tensor[] {
  const inputs = Array.isArray(shared) ? shared : [shared];
  if (inputs.length === 0) {
    reject(where, 'shared', 'to be a tensor or a non-empty array of tensors', shared);
  }
  for (const x of inputs) {
    if (!(x instanceof tf.Tensor) || x.isDisposed || x.dtype !== 'float32') {
      reject(where, 'shared', 'to be float32 tensors', x);
    }
  }
  return inputs;
}

function checkLosses(losses: unknown): tf.Scalar[] {
  if (!Array.isArray(losses) || losses.length === 0) {
    reject(where, 'taskLosses()', 'to be a non-empty array of scalars', losses);
  }
  for (const [task, loss] of losses.entries()) {
    checkTensor(where, `taskLosses()[${task}]`, loss, []);
  }
  return losses;
}
