import type * as tf from '@tensorflow/tfjs-core';
import { checkMinimize } from '@toploss/core/kit';
import { type Trained, where } from './watch/model.js';

/** The optimizer that the model has now: one that is set as `model.optimizer` takes the next step. */
export function optimizerOf({ optimizer_ }: Trained): tf.Optimizer {
  checkMinimize(where, optimizer_);
  return optimizer_ as tf.Optimizer;
}
