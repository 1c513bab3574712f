import * as tf from '@tensorflow/tfjs-core';
import { closedForm, dot, scalarOf, sumOfProducts } from '@toploss/core/kit';
import { LARGEST } from './inputs.js';

export interface NgerOptions {
  /** γ ≥ 0, the exponent of the proxies: 1 (default) is the Polyak step of each task, ½ that of NTKMTL. */
  gamma?: number;
  /** ε > 0, added to the excess and to the proxy; default 1e-6. */
  eps?: number;
  /** The sum of the weights, > 0; default 1. With the number of tasks the mean weight is 1. */
  total?: number;
}

/** log(rₜ + ε) − γ log(κₜ + ε), from the excess and the proxies. */
export function scoresOf(
  excess: tf.Tensor1D,
  proxies: tf.Tensor1D,
  { gamma = 1, eps = 1e-6 }: NgerOptions,
): tf.Tensor1D {
  const log = (x: tf.Tensor) => tf.log(tf.minimum(tf.add(x, eps), LARGEST));
  return tf.sub(log(excess), tf.mul(gamma, log(proxies)));
}

/** w = total · softmax(scores) */
export const softmaxOf = (scores: tf.Tensor1D, { total = 1 }: NgerOptions): tf.Tensor1D =>
  tf.mul(total, tf.softmax(scores));

/** Σ sg(w) ℓ */
export function weightedSum(losses: tf.Tensor1D, weights: () => tf.Tensor1D): tf.Scalar {
  return closedForm([losses], () => {
    const w = weights();
    return { value: dot(w, losses), grads: [w] };
  });
}

/** The losses of the tasks, T scalars or [T]. */
export type TaskTensors = tf.Tensor | readonly tf.Tensor[];

/** The same of losses and weights whose values are known. */
export function weightedLoop(
  taskLosses: TaskTensors,
  losses: Float32Array,
  weights: Float32Array,
): tf.Scalar {
  const isVector = taskLosses instanceof tf.Tensor;
  return closedForm(isVector ? [taskLosses] : taskLosses, () => ({
    value: scalarOf(sumOfProducts(losses, weights)),
    grads: isVector ? [weights] : Array.from(weights, (weight) => Float32Array.of(weight)),
  }));
}
