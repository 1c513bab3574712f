import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { reject } from '@toploss/core/kit';
import { trainedBy } from './watch/model.js';
import { override, overriding } from './watch/override.js';

/** Where a model holds the loss of its current step, if a term may ask for it again; the same in every copy of this package. */
const key = Symbol.for('@toploss/layers.batchLoss');

type RepeatedModel = LayersModel & { [key]?: (() => tf.Scalar) | null };

/** Whether a term may ask for the loss of this model again. */
export const isRepeated = (model: LayersModel): boolean => key in model;

/** Runs a step of the model, in which its loss can be computed again. Steps nest. */
export const inStep = <T>(model: RepeatedModel, loss: () => tf.Scalar, step: () => T): T =>
  isRepeated(model) ? overriding([model], () => ({ [key]: loss }), step) : step();

/**
 * The loss of the current batch of a model, as a function: for a term that differentiates the loss again at other
 * parameters, such as `dmta` in mode 'cosine'.
 *
 * It is the loss of `compile` on the same batch, with class weights, regularizers and the same dropout. The averages of
 * batch normalization don't move again. If a term weights the losses of the outputs, the weights are those of the step.
 *
 * @param model The model that the term will be attached to.
 * @throws When it is evaluated outside of a step of the model.
 *
 * @example
 * attach(model, [dmta({ mode: 'cosine', loss: batchLoss(model) })]);
 */
export function batchLoss(model: LayersModel): () => tf.Scalar {
  trainedBy(model);
  const repeated: RepeatedModel = model;
  if (!isRepeated(model)) {
    override(repeated, { [key]: null });
  }
  return () =>
    repeated[key]?.() ??
    reject('layers.batchLoss', 'model', 'to be in a step of training', 'a model that is not');
}
