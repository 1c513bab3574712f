import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, closedForm, dot, number } from '@toploss/core/kit';
import { finiteNonNegative, LARGEST, type PerTask, vector, where } from './vector.js';

export interface NgerOptions {
  /** γ ≥ 0, the exponent of the proxies: 1 (default) is the Polyak step of each task, ½ that of NTKMTL. */
  gamma?: number;
  /** ε > 0, added to the excess and to the proxy; default 1e-6. */
  eps?: number;
  /** What the weights sum to, > 0; default 1. With the number of tasks the mean weight is 1. */
  total?: number;
}

/** What float32 holds: a smaller ε is 0 to it, and log 0 − log 0 is NaN. */
const positive = number('a finite number > 0, in float32', (x) => x >= 1e-37 && x <= 1e37);
/** So that γ log κ is not infinite. */
const exponent = number('a number ≥ 0 and ≤ 1e30', (x) => x >= 0 && x <= 1e30);
export const weightRules = { gamma: exponent, eps: positive, total: positive };

/**
 * How much each task counts: what it can still lose, by how fast it learns.
 *
 *     rₜ = max(ℓₜ − floorₜ, 0)
 *     w = total · softmaxₜ( log(rₜ + ε) − γ log(κₜ + ε) )
 *
 * With γ = 1 that is w ∝ r/κ, the Polyak step of each task.
 *
 * @param taskLosses ℓ: [T], or T scalars or numbers.
 * @param floors What no training gets ℓ below, for the noise in the targets: likewise T.
 * @param ntkProxies κ, the squared norms of the gradients of the tasks, see `ntkProxies`: likewise T, ≥ 0.
 * @returns w: [T], a constant.
 * @throws When the numbers of tasks differ, or something is not finite or κ < 0; of tensors that is seen on cpu
 *   and wasm only.
 *
 * @example
 * ngerWeights([0.9, 0.5], [0.1, 0.5], [2, 2]); // the second task is at its floor: [1, 0] but for ε
 *
 * @see A. Qin et al., NTKMTL: Mitigating Task Imbalance in Multi-Task Learning from Neural Tangent Kernel
 *   Perspective, 2025.
 * @see Y. He et al., Robust Multi-Task Learning with Excess Risks, 2024, arXiv:2402.02009.
 * @see R. A. Patil, Topological Loss Engineering, 2026, doi:10.5281/zenodo.20480620.
 */
export function ngerWeights(
  taskLosses: PerTask,
  floors: PerTask,
  ntkProxies: PerTask,
  options: NgerOptions = {},
): tf.Tensor1D {
  checkOptions(where, options, weightRules);
  return tf.tidy(() => {
    const losses = vector('taskLosses', taskLosses);
    const lowest = vector('floors', floors, losses.size);
    const proxies = vector('ntkProxies', ntkProxies, losses.size, finiteNonNegative);
    return softmaxOf(scoresOf(tf.maximum(tf.sub(losses, lowest), 0), proxies, options), options);
  });
}

/**
 * The loss of all tasks, to be differentiated instead of their sum.
 *
 *     L = Σ sg(wₜ) ℓₜ,   ∂L/∂ℓₜ = wₜ
 *
 * Arguments, options and errors are those of `ngerWeights`.
 */
export function ngerLoss(
  taskLosses: PerTask,
  floors: PerTask,
  ntkProxies: PerTask,
  options: NgerOptions = {},
): tf.Scalar {
  checkOptions(where, options, weightRules);
  return tf.tidy(() => {
    const losses = vector('taskLosses', taskLosses);
    return weightedSum(losses, () => ngerWeights(losses, floors, ntkProxies, options));
  });
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

/** Σ sg(w) ℓ. */
export function weightedSum(losses: tf.Tensor1D, weights: () => tf.Tensor1D): tf.Scalar {
  return closedForm([losses], () => {
    const w = weights();
    return { value: dot(w, losses), grads: [w] };
  });
}
