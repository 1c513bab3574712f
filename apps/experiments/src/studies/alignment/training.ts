import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { type Method, stepOf } from './methods.js';
import type { Examples, Problem, Task, Tasks } from './task.js';
import { tasksOf } from './tasks.js';

/**
 * Trains on one task after the other and hands the result to `measure`. The weights, the examples and the order of the batches
 * depend on the seed alone, so that all methods start alike.
 *
 * @param observe Called before the first step, with 0, and after every one.
 */
export function train<Measured>(
  problem: Problem,
  method: Method,
  seed: number,
  measure: (trained: Tasks) => Measured,
  observe?: (step: number, trained: Tasks) => void,
): Measured {
  const { rate, steps, batch } = problem;
  const trained = tasksOf(problem, seed);
  const warmup = steps[0] as number;
  const step = stepOf(method, { learner: trained.learner, rate, warmup });
  let taken = 0;
  observe?.(taken, trained);
  for (const [k, count] of steps.entries()) {
    const { training } = trained.tasks[k] as Task;
    const next = positions(training.x.shape[0], batch, random(seed, `batches, ${k}`).permutation);
    for (let left = count; left > 0; left--) {
      const examples = rowsOf(training, next());
      step.take(examples);
      tf.dispose({ ...examples });
      taken += 1;
      observe?.(taken, trained);
    }
  }
  const measured = measure(trained);
  step.dispose();
  const sets = trained.tasks.flatMap(({ training, validation, test }) => [
    { ...training },
    { ...validation },
    { ...test },
  ]);
  tf.dispose([trained.learner.params, sets]);
  return measured;
}

/** All examples in random order, then all in another order, and so on, some at a time. */
function positions(
  count: number,
  size: number,
  permutation: (n: number) => number[],
): () => number[] {
  let order: number[] = [];
  return () => {
    if (order.length < size) {
      order = [...order, ...permutation(count)];
    }
    return order.splice(0, size);
  };
}

const rowsOf = ({ x, y }: Examples, rows: readonly number[]): Examples =>
  tf.tidy(() => {
    const indices = tf.tensor1d([...rows], 'int32');
    return { x: tf.gather(x, indices), y: tf.gather(y, indices) };
  });
