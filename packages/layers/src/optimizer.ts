import type * as tf from '@tensorflow/tfjs-core';
import { reject } from '@toploss/core';
import { type Trained, where } from './model.js';

/** The optimizer that the model has now: one that is set as `model.optimizer` takes the next step. */
export function optimizerOf(trained: Trained): tf.Optimizer {
  checkOptimizer(trained);
  return trained.optimizer_ as tf.Optimizer;
}

/**
 * A step with terms calls `computeGradients` and `applyGradients` of the optimizer, overridden or not. It never calls
 * `minimize`, so it must not ignore one that does more.
 */
export function checkOptimizer({ optimizer_ }: Trained): void {
  if (!hasMinimizeOfTfjs(optimizer_ as tf.Optimizer)) {
    const expected =
      'to have the `minimize` of tf.Optimizer, which is `computeGradients` and `applyGradients`: do there what yours does in `minimize`';
    reject(where, 'optimizer', expected, 'an optimizer with a `minimize` of its own');
  }
}

/** Whether `minimize` is that of the class which all optimizers extend, in whatever copy of tfjs. */
function hasMinimizeOfTfjs(optimizer: tf.Optimizer): boolean {
  const holders: object[] = [];
  for (let o: object | null = optimizer; o !== null; o = Object.getPrototypeOf(o)) {
    if (Object.hasOwn(o, 'minimize')) {
      holders.push(o);
    }
  }
  return holders.length === 1 && Object.hasOwn(holders[0] as object, 'incrementIterations');
}
