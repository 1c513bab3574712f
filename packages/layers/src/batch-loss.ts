import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { reject } from '@toploss/core/kit';
import { trainedBy } from './watch/model.js';

/** Where a model holds the loss of its current step, if a term may ask for it again; the same in every copy of this package. */
const key = Symbol.for('@toploss/layers.batchLoss');

interface RepeatedLoss {
  current: (() => tf.Scalar) | undefined;
}

const repeatedBy = (model: LayersModel) => (model as { [key]?: RepeatedLoss })[key];

/** Whether a term may ask for the loss of this model again. */
export const isRepeated = (model: LayersModel): boolean => repeatedBy(model) !== undefined;

/** Runs a step of the model, in which its loss can be computed again. Steps nest. */
export function inStep<T>(model: LayersModel, loss: () => tf.Scalar, step: () => T): T {
  const repeated = repeatedBy(model) ?? { current: undefined };
  const { current: outer } = repeated;
  repeated.current = loss;
  try {
    return step();
  } finally {
    repeated.current = outer;
  }
}

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
  const repeated = repeatedBy(model) ?? { current: undefined };
  Object.defineProperty(model, key, { value: repeated, configurable: true });
  return () => {
    const { current } = repeated;
    return current === undefined
      ? reject('layers.batchLoss', 'model', 'to be in a step of training', 'a model that is not')
      : current();
  };
}
