import type * as tf from '@tensorflow/tfjs-core';
import type { TrainedModel, TrainFunction } from './model.js';

/** Takes the step; `loss` computes the loss of the batch, by tfjs' own code. */
export type Minimize = (loss: () => tf.Scalar) => tf.Scalar;

/** The train function of tfjs, which calls `minimize` instead of the optimizer. It reads a view of the model. */
export const trainFunction = (
  model: TrainedModel,
  minimize: Minimize,
  others: Partial<TrainedModel> = {},
): TrainFunction => {
  const properties = Object.getOwnPropertyDescriptors({ ...others, optimizer_: { minimize } });
  // Of the class: the model itself may have another one.
  const { makeTrainFunction } = Object.getPrototypeOf(model) as TrainedModel;
  return makeTrainFunction.call(Object.create(model, properties));
};

/** The loss of a batch by a forward pass: class weights and regularizers in it, without the metrics. */
export const forward = (model: TrainedModel, batch: tf.Tensor[]): tf.Scalar =>
  trainFunction(model, (loss) => loss(), { metricsTensors: [] })(batch)[0]!;
