import * as tf from '@tensorflow/tfjs-core';
import { valuesOf } from '@toploss/testing';
import { type Method, stepOf } from '../src/classification/methods.js';
import { networkOf } from '../src/classification/network.js';
/** The weights after five steps. */
export function trained(method: Method): number[] {
  const network = networkOf([2, 4, 3], 'tanh', 1);
  const optimizer = tf.train.adam(0.05, 0.9, 0.999, 1e-7);
  const step = stepOf(method, { network, optimizer, rate: 0.05, seed: 5 });
  const examples = {
    x: tf.tensor2d([1, 2, -1, 0.5, 0.3, -2], [3, 2]),
    y: tf.tensor2d([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]),
  };
  for (let k = 0; k < 5; k++) {
    step.take(examples);
  }
  const weights = network.params.flatMap((p) => valuesOf(p));
  step.dispose?.();
  optimizer.dispose();
  tf.dispose([network.params, { ...examples }]);
  return weights;
}
