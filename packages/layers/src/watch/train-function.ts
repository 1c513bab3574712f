import * as tf from '@tensorflow/tfjs-core';
import { inherited, type LossFunction, type TrainedModel, type TrainFunction } from './model.js';

/** Takes the step: `loss` computes the loss of the batch, by tfjs' own code. */
export type Minimize = (loss: () => tf.Scalar) => tf.Scalar;

/** What went through the loss of an output. */
export interface LossEnd {
  readonly yTrue: tf.Tensor;
  readonly yPred: tf.Tensor;
  /** For each example. */
  readonly loss: tf.Tensor;
}

export type Hear = (end: LossEnd, output: number) => void;

/**
 * The train function of tfjs, with other hands at its ends: it has `minimize` instead of the optimizer's
 * own, and tells `hear` what goes through the losses. The model stays as it is; this is a view of it.
 */
export const trainFunction = (model: TrainedModel, minimize: Minimize, hear: Hear): TrainFunction =>
  madeFor(model, minimize, { lossFunctions: heard(model.lossFunctions, hear) });

/** The forward pass and the loss of a batch, class weights and regularizers in it, without the metrics. */
export function forward(
  model: TrainedModel,
  batch: tf.Tensor[],
  hear: Hear,
  lossFunctions = model.lossFunctions,
): tf.Scalar {
  const minimize: Minimize = (loss) => loss();
  const others = { lossFunctions: heard(lossFunctions, hear), metricsTensors: [] };
  return madeFor(model, minimize, others)(batch)[0] as tf.Scalar;
}

/** Instead of the losses, where a pass is for the outputs alone. */
export const silent = ({ outputs }: TrainedModel): LossFunction[] =>
  outputs.map(() => () => tf.scalar(0));

const heard = (lossFunctions: LossFunction[], hear: Hear): LossFunction[] =>
  lossFunctions.map((lossFunction, output) => (yTrue, yPred) => {
    const loss = lossFunction(yTrue, yPred);
    hear({ yTrue, yPred, loss }, output);
    return loss;
  });

function madeFor(
  model: TrainedModel,
  minimize: Minimize,
  others: Partial<TrainedModel>,
): TrainFunction {
  const properties = Object.getOwnPropertyDescriptors({ ...others, optimizer_: { minimize } });
  return inherited(model).makeTrainFunction.call(Object.create(model, properties));
}
