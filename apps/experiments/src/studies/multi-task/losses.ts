import * as tf from '@tensorflow/tfjs-core';
import type { Task } from './data/rows.js';
import type { Network } from './network.js';
import type { Examples } from './problem.js';

/** Means over the examples. */
const LOSSES: Record<Task['loss'], (y: tf.Tensor2D, output: tf.Tensor2D) => tf.Scalar> = {
  'squared error': (y, output) => tf.mean(tf.square(tf.sub(output, y))),
  'cross-entropy': (y, output) => tf.losses.softmaxCrossEntropy(y, output),
};

/** The loss of the clean task (0) or of the noisy one (1), by the representation. */
export const lossOf = (
  task: 0 | 1,
  { heads }: Network,
  tasks: readonly [Task, Task],
  { targets }: Examples,
  representation: tf.Tensor2D,
): tf.Scalar => LOSSES[tasks[task].loss](targets[task], heads[task](representation));
