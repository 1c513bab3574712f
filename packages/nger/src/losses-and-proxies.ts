import * as tf from '@tensorflow/tfjs-core';
import { assertGradients } from '@toploss/core';
import { callback, checkArgument, closedForm, constant, float32 } from '@toploss/core/kit';
import { onOneTape, squaredNorm, taskGradients } from './proxies.js';
import { where } from './vector.js';

/**
 * The losses of the tasks, and their proxies by the representation h that they share, in one go: what
 * `nger(…).loss` and `observe` read.
 *
 *     ℓₜ = headsₜ(h),   κₜ = ‖gₜ‖²,   gₜ = ∂ℓₜ/∂h
 *
 * `ntkProxies` takes a backward pass of each head beside that of the training step. Here it is the same one:
 * the step takes gₜ from here, and from the heads only the gradients of their own parameters.
 *
 * @param heads From the representation to the losses of the tasks, T scalars. What it takes from elsewhere,
 *   such as the parameters of the heads, gets its gradients as usual. `null` for a task that the batch does not have.
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
  checkArgument(where, 'heads', heads, callback);
  checkArgument(where, 'representation', representation, float32);
  let places: (number | null)[] = []; // of the losses among the scalars of the tape
  const scalars = tf.tidy(() =>
    onOneTape(() => {
      const h = constant(() => tf.clone(representation));
      const gradient = ([grad]: tf.Tensor[]) => grad ?? tf.zerosLike(h);
      const tasks = taskGradients('heads()', heads(h), [h], gradient);
      let count = 0;
      places = tasks.map((task) => (task === null ? null : 2 * count++));
      return tasks.flatMap((task) =>
        task === null
          ? []
          : [
              tf.add<tf.Scalar>(task.loss, zeroWith(task.result, representation)),
              constant(() => squaredNorm([task.result])),
            ],
      );
    }),
  );
  type Entry = tf.Scalar | Extract<Loss, null>;
  const at = (offset: number) =>
    places.map((place) => (place === null ? null : scalars[place + offset]) as Entry);
  return { taskLosses: at(0), ntkProxies: at(1) };
}

/** 0, with the gradient g by x. */
const zeroWith = (g: tf.Tensor, x: tf.Tensor): tf.Scalar =>
  closedForm([x], () => ({ value: tf.scalar(0), grads: [g] }));
