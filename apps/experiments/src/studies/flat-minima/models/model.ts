import type * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../../../classification/network.js';

export type Outputs = ReturnType<Network['forward']>;

/** A classifier of digits. `forward` is the pass of training. */
export interface Model extends Network {
  /** The pass of prediction, where batch normalization makes it another one; it may look at all training examples. */
  predict?(x: tf.Tensor2D, training: tf.Tensor2D): Outputs;
}

/** The model as it predicts. */
export const predicting = (
  { params, forward, predict }: Model,
  training: tf.Tensor2D,
): Network => ({
  params,
  forward: predict ? (x) => predict(x, training) : forward,
});
