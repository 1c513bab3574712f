import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { trainedBy } from './model.js';
import { lossAgain } from './step.js';

const repeated = new WeakSet<LayersModel>();

/** Whether a term may ask for the loss of this model again. */
export const isRepeated = (model: LayersModel): boolean => repeated.has(model);

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
  repeated.add(model);
  return () => lossAgain(trainedBy(model));
}
