import * as tf from '@tensorflow/tfjs-core';
import { flatTerms, reject, type Term } from '@toploss/core/kit';
import type { End } from '../watch/again.js';
import { type Trained, where } from '../watch/model.js';
import type { Inputs } from './inputs.js';

/** What weighs the losses of the outputs, in the place of their sum; `nger` of @toploss/nger is one. */
export interface Weighting {
  readonly name: string;
  loss(inputs: { taskLosses: tf.Scalar[] | tf.Tensor1D; ntkProxies: tf.Tensor1D }): tf.Scalar;
  /** Of the last observed step. */
  weights(): tf.Tensor1D;
}

/** The term that has a loss of its own; at most one can. */
export function weightingAmong(terms: readonly Term[]): Weighting | undefined {
  const weightings = flatTerms(where, terms).filter((term) => 'loss' in term && 'weights' in term);
  if (weightings.length > 1) {
    const names = weightings.map(({ name }) => name).join(', ');
    reject(where, 'terms', 'to have at most one that weighs the losses of the outputs', names);
  }
  return weightings[0] as Weighting | undefined;
}

/** One weight for each output. */
export function checkTasks(weighting: Weighting | undefined, { outputs }: Trained): void {
  if (weighting === undefined) {
    return;
  }
  const [tasks] = tf.tidy(() => weighting.weights().shape);
  if (tasks !== outputs.length) {
    const expected = `to be ${outputs.length}, the number of outputs of the model`;
    reject(weighting.name, 'tasks', expected, tasks);
  }
}

/** L = Σ wₜ ℓₜ, and the losses of the regularizers. */
export function weightedLoss(weighting: Weighting, model: Trained, inputs: Inputs): tf.Scalar {
  return regularized(model, weighting.loss(inputs));
}

/** The same of another pass, with the weights of this one, w = ∂L/∂ℓ. */
export function reweightedLoss(
  weighting: Weighting,
  model: Trained,
  { taskLosses, ntkProxies }: Inputs,
  losses: tf.Scalar[],
): tf.Scalar {
  const loss = (taskLosses: tf.Tensor) =>
    weighting.loss({ taskLosses: taskLosses as tf.Tensor1D, ntkProxies });
  const weights = tf.grad(loss)(tf.stack(taskLosses));
  return regularized(model, tf.sum(tf.mul(weights, tf.stack(losses))));
}

const regularized = (model: Trained, loss: tf.Scalar): tf.Scalar =>
  model.calculateLosses().reduce((sum, penalty) => tf.add(sum, penalty), loss);

/** ℓ of each output: its mean over the batch, the class weights in it. */
export function taskLossesOf(
  { inputs, outputs }: Trained,
  ends: readonly End[],
  batch: readonly (tf.Tensor | null)[],
): tf.Scalar[] {
  const weights = batch.slice(inputs.length + outputs.length);
  return ends.map(({ loss }, task) => {
    const weight = weights[task];
    return tf.mean(weight == null ? loss : tf.mul(loss, weight));
  });
}
