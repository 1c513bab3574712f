// A linear regression in batches.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers the gradients
import * as tf from '@tensorflow/tfjs-core';

export { trainStep } from '@toploss/core';
export { dmta } from '@toploss/dmta';
export { tf };

export const w = tf.variable(tf.zeros<tf.Rank.R2>([3, 1]));
export const batches = [1, 2, 3].map((seed) => {
  const x = tf.randomNormal<tf.Rank.R2>([16, 3], 0, 1, 'float32', seed);
  return { x, y: tf.sum(x, 1, true) as tf.Tensor2D };
});
export const optimizer = tf.train.sgd(0.05);
