import * as tf from '@tensorflow/tfjs-core';
import { batchRule, standardized, syntheticBatch } from './batch.js';
import { isRepeated } from './batch-loss.js';
import type { AttachSetup, ModelStep } from './step.js';
import { withOwnDraws } from './watch/draws.js';
import { holding } from './watch/hold.js';
import { check, isTrainable, type TrainedModel } from './watch/model.js';
import { checkRepeats } from './watch/repeats.js';

/**
 * Runs a step without taking it, so that its errors come now. No parameter moves, no term observes, and no number is
 * taken from `Math.random`. Weights that are not trained are put back.
 */
export function tryOut(step: ModelStep, model: TrainedModel, setup: AttachSetup): void {
  if ((model as { stateful?: boolean }).stateful) {
    const expected = 'to keep no state from batch to batch: set `stateful: false`';
    check.reject('model', expected, 'a stateful layer');
  }
  const { batch } = setup;
  // At a later `compile` the caller may have disposed of the batch. Then the first step shows the errors.
  if (!isTrainable(model) || (batch && !batchRule.allows(batch))) {
    return;
  }
  const repeatsLoss = isRepeated(setup.model);
  const run = () => {
    const tensors = batch === undefined ? syntheticBatch(model) : standardized(model, batch);
    const repeatsPass = step.try(tensors);
    if (repeatsLoss || repeatsPass) {
      checkRepeats(model, tensors, !repeatsLoss);
    }
  };
  try {
    withOwnDraws(() => tf.tidy(() => holding(model, 'always', run)));
  } catch (error) {
    throw batch === undefined ? explained(error as Error) : error;
  }
}

/** An error that a synthetic batch may have caused. */
function explained(error: Error): Error {
  if (error.message.includes(': expected `')) {
    return error;
  }
  const hint =
    'The terms were tried on a batch made up from the shapes of the model; give one of your own if that is why: `attach(model, terms, { batch: [x, y] })`.';
  const message = `${check.where}: a step with these terms fails: ${error.message}\n${hint}`;
  return new Error(message, { cause: error });
}
