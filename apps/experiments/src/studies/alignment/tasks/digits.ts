import * as tf from '@tensorflow/tfjs-core';
import { networkOf } from '../../../classification/network.js';
import { type Examples, setsOf } from '../../../classification/problem.js';
import { taskOf } from '../../../classification/tasks.js';
import type { Distribution } from '../distribution.js';
import type { Problem, Tasks } from '../task.js';

/** Twice as many as the other studies have: fewer passes over them, and gradients that stay noisy. */
const TRAINING = 800;

/** Images of digits with clean labels; of two tasks, the first has the digits 0 to 4, the second 5 to 9. */
export function digits({ steps }: Problem, seed: number): Tasks {
  const { problem, widths, activation } = taskOf('digits', 0);
  const { features, classes, training, validation, test } = setsOf(
    { ...problem, training: TRAINING },
    seed,
  );
  const tasks = steps.map((_, k) => {
    const [from, to] = [k, k + 1].map((i) => (i * classes) / steps.length) as [number, number];
    return {
      training: withLabels(training, from, to),
      validation: counted(withLabels(validation, from, to)),
      test: counted(withLabels(test, from, to)),
      entropy: 0, // as the labels are right
    };
  });
  tf.dispose([{ ...training }, { ...validation }, { ...test }]);
  const { params, forward } = networkOf([features, ...widths, classes], activation, seed);
  return { tasks, learner: { params, logits: (x) => forward(x).logits } };
}

/** The examples of the classes from, …, to − 1. */
function withLabels({ x, y }: Examples, from: number, to: number): Examples {
  return tf.tidy(() => {
    const rows = Array.from(tf.argMax(y, 1).dataSync()).flatMap((label, row) =>
      from <= label && label < to ? [row] : [],
    );
    const indices = tf.tensor1d(rows, 'int32');
    return { x: tf.gather(x, indices), y: tf.gather(y, indices) };
  });
}

/** Every example is as probable as the others. */
function counted({ x, y }: Examples): Distribution {
  const joint = tf.tidy(() => tf.div<tf.Tensor2D>(y, y.shape[0]));
  y.dispose();
  return { x, joint };
}
