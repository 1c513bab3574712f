import type * as tf from '@tensorflow/tfjs-core';
import { reject } from '@toploss/core';
import { type Trained, where } from './model.js';

/** The optimizer that a model has by then: whoever sets another one expects it to take the next step. */
export function optimizerOf(trained: Trained): tf.Optimizer {
  checkOptimizer(trained);
  return trained.optimizer_ as tf.Optimizer;
}

/**
 * A step with terms is made of `computeGradients` and `applyGradients`, whoever overrides them. What an optimizer
 * does in a `minimize` of its own would be left out.
 */
export function checkOptimizer({ optimizer_ }: Trained): void {
  if (!hasMinimizeOfTfjs(optimizer_ as tf.Optimizer)) {
    const expected =
      'to have the `minimize` of tf.Optimizer, which is `computeGradients` and `applyGradients`: do there what yours does in `minimize`';
    reject(where, 'optimizer', expected, 'an optimizer with a `minimize` of its own');
  }
}

/** Whether it comes from the class that all optimizers extend, in whatever copy of tfjs, and from no other. */
function hasMinimizeOfTfjs(optimizer: tf.Optimizer): boolean {
  const holders: object[] = [];
  for (let o: object | null = optimizer; o !== null; o = Object.getPrototypeOf(o)) {
    if (Object.hasOwn(o, 'minimize')) {
      holders.push(o);
    }
  }
  return holders.length === 1 && Object.hasOwn(holders[0] as object, 'incrementIterations');
}
