import * as tf from '@tensorflow/tfjs-core';
import type { Group } from '@toploss/examples/data-parallel/all-reduce';
import { across } from '@toploss/examples/data-parallel/averages';

export interface Descent {
  readonly optimizer: 'sgd' | 'momentum' | 'adam';
  readonly learningRate: number;
}

export function optimizerOf({ optimizer, learningRate }: Descent): tf.Optimizer {
  if (optimizer === 'adam') {
    return tf.train.adam(learningRate, 0.9, 0.999, 1e-7);
  }
  return optimizer === 'momentum'
    ? tf.train.momentum(learningRate, 0.9)
    : tf.train.sgd(learningRate);
}

/** The optimizer, given the average of what the replicas come with: too late for some terms. */
export function averaging(optimizer: tf.Optimizer, { share, sum }: Group) {
  return {
    learningRate: (optimizer as tf.SGDOptimizer & { learningRate: number }).learningRate,
    applyGradients: (grads: { name: string; tensor: tf.Tensor }[]) => {
      const average = (g: tf.Tensor) => across(sum, tf.mul(share, g));
      optimizer.applyGradients(
        grads.map(({ name, tensor }) => ({ name, tensor: average(tensor) })),
      );
    },
  };
}
