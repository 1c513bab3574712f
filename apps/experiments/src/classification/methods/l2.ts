import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy, minimizing, type Step, type Training } from './step.js';

/** ½ λ ‖W‖² in the loss, over the kernels. */
export function l2({ lambda }: { lambda: number }, training: Training): Step {
  const kernels = training.network.params.filter(({ rank }) => rank > 1);
  return minimizing(training, (batch) => {
    const squares = kernels.map((kernel) => tf.sum(tf.square(kernel)));
    return tf.add(
      crossEntropy(training.network, batch),
      tf.mul(lambda / 2, tf.addN(squares)),
    ) as tf.Scalar;
  });
}
