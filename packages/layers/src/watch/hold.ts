import * as tf from '@tensorflow/tfjs-core';
import type { TrainedModel } from './model.js';

/** Runs f, and puts back the weights that are not trained, such as the averages of batch normalization. */
export function holding<T>(
  { nonTrainableWeights }: TrainedModel,
  when: 'always' | 'on error',
  f: () => T,
): T {
  const variables = nonTrainableWeights.map((weight) => weight.read() as tf.Variable);
  const before = variables.map((variable) => tf.keep(tf.clone(variable))); // shares its memory
  let isHeld = true;
  try {
    const result = f();
    isHeld = when === 'always';
    return result;
  } finally {
    for (const [k, variable] of variables.entries()) {
      // A term may have disposed of the model.
      if (isHeld && !variable.isDisposed) {
        variable.assign(before[k]!);
      }
    }
    tf.dispose(before);
  }
}
