import type * as tf from '@tensorflow/tfjs-core';
import { inherited, type LossFunction, type Trained, type TrainFunction } from './model.js';

/** Takes the step: `loss` computes the loss of the batch, by tfjs' own code. */
export type Minimize = (loss: () => tf.Scalar) => tf.Scalar;

/** What went through the loss of an output: its targets, its prediction, and the loss for each example. */
export type Hear = (output: number, yTrue: tf.Tensor, yPred: tf.Tensor, loss: tf.Tensor) => void;

/**
 * The train function of tfjs, with other hands at its ends: it has `minimize` in the place of the optimizer's
 * own, and tells `hear` what goes through the losses. The model stays as it is; this is a view of it.
 */
export function trainFunction(model: Trained, minimize: Minimize, hear: Hear): TrainFunction {
  return makeTrainFunction(model, {
    optimizer_: { minimize },
    lossFunctions: heard(model.lossFunctions, hear),
  });
}

/** The forward pass and the loss of a batch, class weights and regularizers in it, without the metrics. */
export function forward(
  model: Trained,
  batch: tf.Tensor[],
  hear: Hear,
  lossFunctions: LossFunction[] = model.lossFunctions,
): tf.Scalar {
  const train = makeTrainFunction(model, {
    optimizer_: { minimize: (loss: () => tf.Scalar) => loss() },
    lossFunctions: heard(lossFunctions, hear),
    metricsTensors: [],
  });
  return train(batch)[0] as tf.Scalar;
}

const heard = (lossFunctions: LossFunction[], hear: Hear): LossFunction[] =>
  lossFunctions.map((lossFunction, output) => (yTrue, yPred) => {
    const loss = lossFunction(yTrue, yPred);
    hear(output, yTrue, yPred, loss);
    return loss;
  });

function makeTrainFunction(model: Trained, properties: object): TrainFunction {
  const view = Object.create(model, Object.getOwnPropertyDescriptors(properties));
  return inherited(model).makeTrainFunction.call(view);
}
