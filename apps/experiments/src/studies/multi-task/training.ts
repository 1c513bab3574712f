import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { type Method, stepOf } from './methods.js';
import { type Network, networkOf } from './network.js';
import { disposeExamples, type Problem, rowsOf, type Sets, setsOf } from './problem.js';

/** Everything that the arms have in common. */
export interface Task {
  problem: Problem;
  /** Of the trunk's hidden layers. */
  widths: number[];
  /** The learning rate of Adam. */
  rate: number;
  batch: number;
  epochs: number;
}

export interface Trained {
  network: Network;
  sets: Sets;
  /** The share of the clean task in the weights, at each step. */
  shares: number[];
}

/**
 * Trains a network and hands it to `measure`, which neither keeps nor disposes of it. The weights, the examples and
 * the order of the batches depend on the seed alone, so that all methods start alike.
 */
export function train<Measured>(
  { problem, widths, rate, batch: size, epochs }: Task,
  method: Method,
  seed: number,
  measure: (trained: Trained) => Measured,
): Measured {
  const sets = setsOf(problem, seed);
  const { features, tasks, training } = sets;
  const [clean, noisy] = training.targets.map(({ shape }) => shape[1] as number);
  const network = networkOf([features, ...widths], [clean as number, noisy as number], seed);
  const optimizer = tf.train.adam(rate, 0.9, 0.999, 1e-7); // its epsilon differs between backends
  const step = stepOf(method, { network, tasks, optimizer });
  const { permutation } = random(seed, 'batches');
  const count = training.x.shape[0];

  const shares: number[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = permutation(count);
    for (let start = 0; start < count; start += size) {
      const batch = rowsOf(training, order.slice(start, start + size));
      shares.push(step.take(batch));
      disposeExamples(batch);
    }
  }
  const measured = measure({ network, sets, shares });
  step.dispose?.();
  optimizer.dispose();
  tf.dispose(network.params);
  for (const examples of [training, sets.validation, sets.test]) {
    disposeExamples(examples);
  }
  return measured;
}
