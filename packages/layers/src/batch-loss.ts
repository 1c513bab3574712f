import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { reject } from '@toploss/core/kit';
import { trainedBy } from './watch/model.js';

/** Where a model holds the loss of its current step, if a term may ask for it again. */
const key = Symbol.for('@toploss/layers.batchLoss');

interface Repeated {
  loss: (() => tf.Scalar) | undefined;
}

const repeatedBy = (model: LayersModel) => (model as { [key]?: Repeated })[key];

/** Whether a term may ask for the loss of this model again. */
export const isRepeated = (model: LayersModel): boolean => repeatedBy(model) !== undefined;

/** Runs a step of the model, in which its loss can be computed again. Steps nest. */
export function inStep<T>(model: LayersModel, loss: () => tf.Scalar, step: () => T): T {
  const repeated = repeatedBy(model);
  if (repeated === undefined) {
    return step();
  }
  const { loss: outer } = repeated;
  repeated.loss = loss;
  try {
    return step();
  } finally {
    repeated.loss = outer;
  }
}

/**
 * The loss of the batch that a model is being trained on, for a term that differentiates it again at other
 * parameters, as `dmta` does in mode 'cosine'.
 *
 * It is the loss of `compile`, class weights and regularizers in it, of the same batch with the same dropout; what
 * is not trained, such as the averages of batch normalization, does not move again. Where a weighting stands in the
 * place of the sum of the losses, its weights are those of the step.
 *
 * @param model What the term will be attached to.
 * @throws When it is evaluated outside of a step of the model.
 *
 * @example
 * attach(model, [dmta({ mode: 'cosine', loss: batchLoss(model) })]);
 */
export function batchLoss(model: LayersModel): () => tf.Scalar {
  trainedBy(model);
  const repeated = repeatedBy(model) ?? { loss: undefined };
  Object.defineProperty(model, key, { value: repeated, configurable: true });
  return () => {
    const { loss } = repeated;
    return loss === undefined
      ? reject('layers.batchLoss', 'model', 'to be in a step of training', 'a model that is not')
      : loss();
  };
}
