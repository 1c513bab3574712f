import * as tf from '@tensorflow/tfjs-core';
import type { Hidden } from './stack.js';

/** φ′ and, from its own argument, dφ′/dx; where an output was dropped nothing comes back, whatever its slope. */
export function slopesOf({ input, dropout, preActivation, activation }: Hidden) {
  const { reads, slope, bend } = activation;
  if (dropout === undefined) {
    const x = reads === 'output' ? input : (preActivation as tf.Tensor);
    return { slope: slope(x), bend: bend?.(x) };
  }
  if (reads === 'preActivation') {
    const x = preActivation as tf.Tensor;
    return { slope: tf.mul(dropout, slope(x)), bend: bend && tf.mul(dropout, bend(x)) };
  }
  // The output is input/dropout, so its derivative by the input is 1/dropout.
  const output = tf.divNoNan(input, dropout);
  const isKept = tf.step(dropout);
  return { slope: tf.mul(dropout, slope(output)), bend: bend && tf.mul(isKept, bend(output)) };
}
