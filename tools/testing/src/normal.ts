import * as tf from '@tensorflow/tfjs-core';

/** Normal numbers, the same for the same seed; not 0, which tfjs takes for none. */
export const normal = (shape: number[], seed: number, deviation = 1): tf.Tensor =>
  tf.randomNormal(shape, 0, deviation, 'float32', seed);
