import * as tf from '@tensorflow/tfjs-core';
import {
  assertGradients,
  callback,
  checkArgument,
  closedForm,
  constant,
  float32,
} from '@toploss/core';
import { checkLosses, gradientsBy, squaredNorm } from './proxies.js';
import { onOneTape } from './tape.js';
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
 *   such as the parameters of the heads, gets its gradients as usual.
 * @param representation h, the output of the shared part: float32, of any shape.
 * @throws When `heads` returns anything but scalars, or one that is not computed from its argument.
 *
 * @example
 * const inputs = lossesAndProxies((h) => [crossEntropy(tf.matMul(h, w1)), squaredError(tf.matMul(h, w2))], h);
 * const loss = weighting.loss(inputs);
 */
export function lossesAndProxies<H extends tf.Tensor>(
  heads: (representation: H) => tf.Tensor[],
  representation: H,
): { taskLosses: tf.Scalar[]; ntkProxies: tf.Scalar[] } {
  assertGradients();
  checkArgument(where, 'heads', heads, callback);
  checkArgument(where, 'representation', representation, float32);
  const both = tf.tidy(() =>
    onOneTape(() => {
      const h = constant(() => tf.clone(representation));
      const grads: tf.Tensor[] = [];
      const taskLosses = checkLosses('heads()', heads(h)).map((loss, task) => {
        const grad = constant(() => gradientsBy([h], loss, `heads()[${task}]`)[0] as tf.Tensor);
        grads.push(grad);
        return tf.add<tf.Scalar>(loss, zeroWith(grad, representation));
      });
      return [...taskLosses, ...grads.map((grad) => constant(() => squaredNorm([grad])))];
    }),
  );
  const tasks = both.length / 2;
  return { taskLosses: both.slice(0, tasks), ntkProxies: both.slice(tasks) };
}

/** 0, with the gradient g by x. */
const zeroWith = (g: tf.Tensor, x: tf.Tensor): tf.Scalar =>
  closedForm([x], () => ({ value: tf.scalar(0), grads: [g] }));
