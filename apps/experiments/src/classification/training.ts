import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { type Method, stepOf } from './methods.js';
import { type Network, networkOf } from './network.js';
import { type Examples, type Problem, type Sets, setsOf } from './problem.js';
import type { Dense } from './stack.js';

/** Everything that the arms have in common. */
export interface Task extends Course {
  problem: Problem;
  /** Of the hidden layers. */
  widths: number[];
  activation: Dense['activation'];
}

/** How a network is trained. */
export interface Course {
  optimizer: { name: 'adam' | 'momentum' | 'sgd'; rate: number };
  batch: number;
  epochs: number;
}

export interface Trained<N extends Network = Network> {
  network: N;
  sets: Sets;
}

/**
 * Trains a network and hands it to `measure`, which neither keeps nor disposes of it. The weights, the examples and the
 * order of the batches depend on the seed alone, so that all methods start alike.
 *
 * @param observe Called after every epoch, from 1 on.
 */
export function train<Measured>(
  { problem, widths, activation, ...course }: Task,
  method: Method,
  seed: number,
  measure: (trained: Trained) => Measured,
  observe?: (epoch: number, trained: Trained) => void,
): Measured {
  const sets = setsOf(problem, seed);
  const network = networkOf([sets.features, ...widths, sets.classes], activation, seed);
  return fit({ network, sets }, course, method, seed, measure, observe);
}

/** Trains any network, and disposes of it and of the sets. */
export function fit<N extends Network, Measured>(
  { network, sets }: Trained<N>,
  { optimizer: { name, rate }, batch: size, epochs }: Course,
  method: Method,
  seed: number,
  measure: (trained: Trained<N>) => Measured,
  observe?: (epoch: number, trained: Trained<N>) => void,
): Measured {
  const optimizer = OPTIMIZERS[name](rate);
  const step = stepOf(method, { network, optimizer, rate, seed: 1e6 * seed });
  const { permutation } = random(seed, 'batches');
  const count = sets.training.x.shape[0];

  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = permutation(count);
    for (let start = 0; start < count; start += size) {
      const batch = rowsOf(sets.training, order.slice(start, start + size));
      step.take(batch);
      tf.dispose({ ...batch });
    }
    observe?.(epoch, { network, sets });
  }
  const measured = measure({ network, sets });
  step.dispose?.();
  optimizer.dispose();
  tf.dispose([network.params, { ...sets.training }, { ...sets.validation }, { ...sets.test }]);
  return measured;
}

const OPTIMIZERS: Record<Course['optimizer']['name'], (rate: number) => tf.Optimizer> = {
  adam: (rate) => tf.train.adam(rate, 0.9, 0.999, 1e-7), // its epsilon differs between backends
  momentum: (rate) => tf.train.momentum(rate, 0.9),
  sgd: (rate) => tf.train.sgd(rate),
};

const rowsOf = ({ x, y }: Examples, positions: readonly number[]): Examples =>
  tf.tidy(() => {
    const indices = tf.tensor1d([...positions], 'int32');
    return { x: tf.gather(x, indices), y: tf.gather(y, indices) };
  });
