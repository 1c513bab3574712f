import * as tf from '@tensorflow/tfjs-core';
import { assertGradients } from '@toploss/core';
import {
  callback,
  float32,
  innerProduct,
  reachedGradients,
  recorded,
  scalarOf,
  unrecorded,
} from '@toploss/core/kit';
import { computedFrom, withGradients } from './backward.js';
import { check } from './inputs.js';
import { checkLosses, checkReached, onOneTape } from './task-losses.js';

/** What the tasks share: their representation, or the variables from which it is computed. */
export type Shared = tf.Tensor | readonly tf.Tensor[];

/**
 * How fast each task learns: the squared norm of its gradient by `shared`. It is the trace of the task's neural tangent
 * kernel along the gradient of its loss.
 *
 *     κₜ = ‖∂ℓₜ/∂shared‖²
 *
 * By the shared representation it costs one backward pass of each head, which `lossesAndProxies` saves. By the shared
 * parameters it costs one backward pass of the whole network for each task. A parameter that a task does not reach adds 0.
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
  check.argument('taskLosses', taskLosses, callback);
  const inputs = checkShared(shared);
  return tf.tidy(() => {
    const [proxies] = onOneTape(() => {
      const losses = checkLosses('taskLosses()', taskLosses(shared));
      const gradients = unrecorded(() =>
        losses.map((loss) => (loss === null ? [] : reachedGradients(loss, inputs))),
      );
      checkReached(
        'taskLosses()',
        losses,
        gradients.map(({ length }) => length > 0),
      );
      return [unrecorded(() => tf.stack(gradients.map((g) => innerProduct(g, g))) as tf.Tensor1D)];
    });
    return proxies as tf.Tensor1D;
  });
}

/**
 * The losses of the tasks and their proxies by the representation h that they share: the inputs of `nger(…).loss` and
 * `observe`.
 *
 *     ℓₜ = headsₜ(h),   κₜ = ‖gₜ‖²,   gₜ = ∂ℓₜ/∂h
 *
 * `ntkProxies` runs one more backward pass of each head. Here the training step shares it: it takes the gradients by h
 * and by the parameters of the heads from that pass, times the weight of the task.
 *
 * @param heads From the representation to the losses of the tasks, T scalars; `null` for a task that the batch does not
 *   have. Other tensors that it reads, such as the parameters of the heads, get their gradients as usual.
 * @param representation h, the output of the shared part: float32, of any shape.
 * @returns ℓ and κ, T scalars each; both are `null` for a task that is. A loss that is a constant 0 has κ = 0.
 * @throws When `heads` returns anything else, every task is `null`, or a loss that is not 0 is not computed from the
 *   argument. Whether it is 0 is seen on cpu and wasm only; elsewhere that is an error if no task is.
 *
 * @example
 * const inputs = lossesAndProxies((h) => [crossEntropy(tf.matMul(h, w1)), squaredError(tf.matMul(h, w2))], h);
 * const loss = weighting.loss(inputs);
 */
export function lossesAndProxies<H extends tf.Tensor, Loss extends tf.Tensor | null>(
  heads: (representation: H) => readonly Loss[],
  representation: H,
): {
  taskLosses: (tf.Scalar | Extract<Loss, null>)[];
  ntkProxies: (tf.Scalar | Extract<Loss, null>)[];
} {
  assertGradients();
  check.argument('heads', heads, callback);
  check.argument('representation', representation, float32);
  type Entry = tf.Scalar | Extract<Loss, null>;
  const entries = tf
    .tidy(() => onOneTape(() => lossesThenProxies(heads, representation)))
    .map((x) => (x ?? null) as Entry);
  const T = entries.length / 2;
  return { taskLosses: entries.slice(0, T), ntkProxies: entries.slice(T) };
}

function lossesThenProxies<H extends tf.Tensor>(
  heads: (h: H) => readonly (tf.Tensor | null)[],
  h: H,
): (tf.Scalar | undefined)[] {
  const before = recorded().length;
  const losses = checkLosses('heads()', heads(h));
  const operations = recorded().slice(before);
  const fromH = computedFrom(h, operations);
  const isReached = losses.map((loss) => loss !== null && fromH.has(loss.id));
  checkReached('heads()', losses, isReached);
  const tasks = losses.map((loss, task) => {
    if (loss === null || !isReached[task]) {
      return loss && { loss: tf.clone(loss), proxy: scalarOf(0) };
    }
    return unrecorded(() => {
      const own = withGradients(`heads()[${task}]`, loss, h, operations, fromH);
      return { loss: own.loss, proxy: innerProduct([own.gradient], [own.gradient]) };
    });
  });
  return [...tasks.map((task) => task?.loss), ...tasks.map((task) => task?.proxy)];
}

function checkShared(shared: unknown): tf.Tensor[] {
  const inputs = Array.isArray(shared) ? shared : [shared];
  if (inputs.length === 0) {
    check.reject('shared', 'to be a tensor or a non-empty array of tensors', shared);
  }
  for (const x of inputs) {
    check.argument('shared', x, float32);
  }
  return inputs;
}
