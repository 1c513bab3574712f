import * as tf from '@tensorflow/tfjs-core';
import { digits } from './data/digits.js';
import { penguins } from './data/penguins.js';
import { regression } from './data/regression.js';
import type { RowSets, Rows, Task } from './data/rows.js';

/** Two tasks of the same inputs, the first of them clean, the second one mostly noise. */
export interface Problem {
  data: 'regression' | 'digits' | 'penguins';
  /** Number of training examples. */
  training: number;
}

/** A tensor for the clean task, and one for the noisy task. */
export type Pair = [tf.Tensor2D, tf.Tensor2D];

export interface Examples {
  /** [n, features] */
  x: tf.Tensor2D;
  /** [n, outputs] of each task; one-hot where the task is a classification. */
  targets: Pair;
}

export interface Sets {
  features: number;
  tasks: readonly [Task, Task];
  training: Examples;
  validation: Examples;
  test: Examples;
}

const READERS: Record<Problem['data'], (training: number, seed: number) => RowSets> = {
  regression,
  digits,
  penguins,
};

/** The same seed gives the same examples. The caller owns the tensors. */
export function setsOf({ data, training: count }: Problem, seed: number): Sets {
  const { tasks, training, validation, test } = READERS[data](count, seed);
  return {
    features: training.inputs[0]?.length as number,
    tasks,
    training: tensors(training),
    validation: tensors(validation),
    test: tensors(test),
  };
}

const tensors = ({ inputs, targets: [clean, noisy] }: Rows): Examples => ({
  x: tf.tensor2d(inputs),
  targets: [tf.tensor2d(clean), tf.tensor2d(noisy)],
});

/** Some of the examples; the caller owns the tensors. */
export function rowsOf(
  { x, targets: [clean, noisy] }: Examples,
  rows: readonly number[],
): Examples {
  const indices = tf.tensor1d([...rows], 'int32');
  const some = (all: tf.Tensor2D) => tf.gather(all, indices);
  const examples: Examples = { x: some(x), targets: [some(clean), some(noisy)] };
  indices.dispose();
  return examples;
}

export function disposeExamples({ x, targets }: Examples): void {
  tf.dispose([x, ...targets]);
}
