import * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../network.js';
import type { Examples } from '../problem.js';

export interface Training {
  network: Network;
  optimizer: tf.Optimizer;
  /** The learning rate of the optimizer. */
  rate: number;
  /** Of what a method draws. */
  seed: number;
}

export interface Step {
  /** One step of training on a batch. */
  take(batch: Examples): void;
  /** Frees what the method remembers. */
  dispose?(): void;
}

export const crossEntropy = (network: Network, { x, y }: Examples): tf.Scalar =>
  tf.losses.softmaxCrossEntropy(y, network.forward(x).logits);

/** The step of a method that is nothing but another loss. */
export function minimizing(
  { network, optimizer }: Training,
  loss: (batch: Examples) => tf.Scalar,
): Step {
  return {
    take(batch) {
      optimizer.minimize(() => loss(batch), false, network.params);
    },
  };
}
