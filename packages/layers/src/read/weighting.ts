import * as tf from '@tensorflow/tfjs-core';
import { reject, type Term } from '@toploss/core/kit';
import { check, type TrainedModel } from '../watch/model.js';
import type { Pass } from '../watch/pass.js';

/** A term that replaces the sum of the losses of the outputs by a weighted sum, such as `nger` of @toploss/nger. */
export interface Weighting {
  readonly name: string;
  loss(inputs: { taskLosses: tf.Scalar[] | tf.Tensor1D; ntkProxies: tf.Tensor1D }): tf.Scalar;
  /** Of the last observed step. */
  weights(): tf.Tensor1D;
}

export interface TaskInputs {
  readonly taskLosses: tf.Scalar[];
  readonly ntkProxies: tf.Tensor1D;
}

const isWeighting = (term: Term): term is Term & Weighting => 'loss' in term && 'weights' in term;

/** The term that weights the losses, if there is one; throws where there are two, or where the outputs don't match. */
export function weightingAmong(
  terms: readonly Term[],
  { outputs }: TrainedModel,
): Weighting | undefined {
  const weightings = terms.filter(isWeighting);
  const [weighting] = weightings;
  if (weightings.length > 1) {
    const names = weightings.map(({ name }) => name).join(', ');
    check.reject('terms', 'to have at most one that weighs the losses of the outputs', names);
  }
  const tasks = weighting && tf.tidy(() => weighting.weights().shape[0]);
  if (weighting !== undefined && tasks !== outputs.length) {
    const expected = `to be ${outputs.length}, the number of outputs of the model`;
    reject(weighting.name, 'tasks', expected, tasks);
  }
  return weighting;
}

/** The weighted loss of another pass, with the weights of the first pass, w = ∂L/∂ℓ. */
export function reweightedLoss(
  weighting: Weighting,
  { taskLosses, ntkProxies }: TaskInputs,
  other: Pass,
): tf.Scalar {
  const loss = (taskLosses: tf.Tensor) =>
    weighting.loss({ taskLosses: taskLosses as tf.Tensor1D, ntkProxies });
  const weights = tf.grad(loss)(tf.stack(taskLosses));
  return regularized(other.model, tf.sum(tf.mul(weights, tf.stack(taskLossesOf(other)))));
}

/** A weighted sum L = Σ wₜ ℓₜ, and the losses of the regularizers. */
export const regularized = (model: TrainedModel, loss: tf.Scalar): tf.Scalar =>
  model.calculateLosses().reduce((sum, penalty) => tf.add(sum, penalty), loss);

/** ℓ of each output: its mean over the batch, with class weights. */
export function taskLossesOf({ model, ends, batch }: Pass): tf.Scalar[] {
  const weights = batch.slice(model.inputs.length + model.outputs.length);
  return ends.map(({ loss }, task) => {
    const weight: tf.Tensor | null | undefined = weights[task];
    return tf.mean(weight == null ? loss : tf.mul(loss, weight));
  });
}

/** The weights by the names of the outputs, for the history. The caller owns them. */
export const namedWeights = (
  weighting: Weighting,
  { outputNames }: TrainedModel,
): Record<string, tf.Scalar> =>
  tf.tidy(() => {
    const weights = tf.unstack(weighting.weights()) as tf.Scalar[];
    return Object.fromEntries(weights.map((w, k) => [`${weighting.name}_${outputNames[k]}`, w]));
  });
