import * as tf from '@tensorflow/tfjs-core';
import { assertGradients } from '@toploss/core';
import {
  callback,
  checkArgument,
  checkTensor,
  constant,
  dot,
  float32,
  holdBack,
  hostView,
  reject,
} from '@toploss/core/kit';
import { checkEntries, where } from './vector.js';

/** What the tasks share: their representation, or their parameters, the variables below it. */
export type Shared = tf.Tensor | readonly tf.Tensor[];

/**
 * How fast each task learns: the squared norm of its gradient by what the tasks share, the trace of its
 * neural tangent kernel along the gradient of its loss.
 *
 *     κₜ = ‖∂ℓₜ/∂shared‖²
 *
 * By the shared representation that costs one backward pass of each head, which `lossesAndProxies` saves, by
 * the shared parameters one of the whole network for each task. A parameter that a task does not reach adds 0.
 *
 * @param taskLosses From `shared` to the losses of the tasks, T scalars; `null` for a task that the batch does not
 *   have. In a gradient, as in `forward` of `trainStep`, losses that were computed from `shared` there may be returned
 *   as they are.
 * @param shared A tensor; or an array, of variables or tensors.
 * @returns κ: [T], a constant; 0 for a task that is `null`, or whose loss is a constant 0.
 * @throws When `taskLosses` returns anything else, every task is `null`, or a loss that is not 0 is not computed from
 *   `shared`. Whether it is 0 is seen on cpu and wasm only; elsewhere that is an error if no task is.
 *
 * @example
 * const heads = (h) => [crossEntropy(tf.matMul(h, w1)), squaredError(tf.matMul(h, w2))];
 * const kappa = ntkProxies(heads, features);
 * const kappaOfWeights = ntkProxies(() => heads(trunk(x)), [trunkW, trunkB]);
 */
export function ntkProxies<S extends Shared>(
  taskLosses: (shared: S) => readonly (tf.Tensor | null)[],
  shared: S,
): tf.Tensor1D {
  assertGradients();
  checkArgument(where, 'taskLosses', taskLosses, callback);
  const inputs = checkShared(shared);
  return tf.tidy(() => {
    const proxies = onOneTape(() =>
      taskGradients('taskLosses()', taskLosses(shared), inputs, squaredNorm).map(
        (task) => task?.result ?? tf.scalar(0),
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

/** ℓ, and what was made of its gradients. */
export interface TaskGradients<T extends tf.Tensor> {
  readonly loss: tf.Scalar;
  readonly result: T;
}

/**
 * For each task a constant, made of ∂ℓ/∂x for the inputs that ℓ reaches, on the tape that the losses are on; `null` for
 * a task that is. A constant 0 reaches no input.
 */
export function taskGradients<T extends tf.Tensor>(
  argument: string,
  losses: unknown,
  inputs: tf.Tensor[],
  of: (grads: tf.Tensor[]) => T,
): (TaskGradients<T> | null)[] {
  const unreached = new Map<number, tf.Scalar>();
  const tasks = checkLosses(argument, losses).map((loss, task) => {
    const result = () => {
      const { grads } = tf.engine().gradients(() => loss as tf.Scalar, inputs, undefined, true);
      const reached = grads.filter((grad) => grad != null);
      if (reached.length === 0) {
        unreached.set(task, loss as tf.Scalar);
      }
      return of(reached);
    };
    return loss === null ? null : { loss, result: constant(result) };
  });
  const noneReaches = tasks.every((task, k) => task === null || unreached.has(k));
  for (const [task, loss] of unreached) {
    if (noneReaches || isNonzero(loss)) {
      const expected =
        'to be computed from what the tasks share, in this call or in the gradient around it, or to be null where the batch does not have the task';
      reject(where, `${argument}[${task}]`, expected, loss);
    }
  }
  return tasks;
}

function checkLosses(argument: string, losses: unknown): (tf.Scalar | null)[] {
  if (!Array.isArray(losses) || losses.every((loss) => loss === null)) {
    reject(where, argument, 'to be a non-empty array of scalars, not all of them null', losses);
  }
  checkEntries(argument, losses);
  for (const [task, loss] of losses.entries()) {
    if (loss !== null) {
      checkTensor(where, `${argument}[${task}]`, loss, []);
    }
  }
  return losses;
}

/** Where it can be seen. */
function isNonzero(loss: tf.Scalar): boolean {
  const value = hostView(loss)?.[0];
  return value !== undefined && value !== 0;
}

/** Σ ‖g‖². */
export const squaredNorm = (grads: tf.Tensor[]): tf.Scalar =>
  grads
    .map((grad) => dot(grad, grad))
    .reduce((total, square) => tf.add(total, square), tf.scalar(0));

/** f, all of it on one tape, so that what it computes once can be differentiated several times in it. */
export function onOneTape(f: () => tf.Scalar[]): tf.Scalar[] {
  let kept: tf.Scalar[] = [];
  const tape = holdBack(() => {
    kept = f().map((x) => tf.keep(x));
    return tf.scalar(0);
  });
  tf.engine().gradients(tape.f, [tf.scalar(0)], undefined, true);
  tape.rethrow();
  const results = kept.map((x) => tf.clone(x)); // which the caller's scope owns
  tf.dispose(kept);
  return results;
}
