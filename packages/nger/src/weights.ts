import * as tf from '@tensorflow/tfjs-core';
import { number } from '@toploss/core/kit';
import { type NgerOptions, scoresOf, softmaxOf, weightedSum } from './formula.js';
import { check, finiteNonNegative, type PerTask, vector } from './inputs.js';

/** In float32 a smaller ε is 0, and log 0 − log 0 is NaN. */
const positive = number('a finite number > 0, in float32', (x) => x >= 1e-37 && x <= 1e37);
/** γ log κ stays finite. */
const exponent = number('a number ≥ 0 and ≤ 1e30', (x) => x >= 0 && x <= 1e30);
export const weightRules = { gamma: exponent, eps: positive, total: positive };

/**
 * The weight of each task: the loss that training can still remove, divided by how fast the task learns.
 *
 *     rₜ = max(ℓₜ − floorₜ, 0)
 *     w = total · softmaxₜ( log(rₜ + ε) − γ log(κₜ + ε) )
 *
 * With γ = 1 that is w ∝ r/κ, the Polyak step of each task.
 *
 * @param taskLosses ℓ: [T], or T scalars or numbers.
 * @param floors The lowest ℓ that training can reach, given the noise in the targets; T too.
 * @param ntkProxies κ ≥ 0, the squared norms of the gradients of the tasks, see `ntkProxies`; T too.
 * @returns w: [T], a constant.
 * @throws When the numbers of tasks differ, or a value is not finite or κ < 0. The values of tensors are checked on cpu
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
  check.options(options, weightRules);
  return tf.tidy(() => {
    const losses = vector('taskLosses', taskLosses);
    const lowest = vector('floors', floors, losses.size);
    const proxies = vector('ntkProxies', ntkProxies, losses.size, finiteNonNegative);
    return softmaxOf(scoresOf(tf.maximum(tf.sub(losses, lowest), 0), proxies, options), options);
  });
}

/**
 * The weighted loss of all tasks. Differentiate it instead of their sum.
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
  check.options(options, weightRules);
  return tf.tidy(() => {
    const losses = vector('taskLosses', taskLosses);
    return weightedSum(losses, () => ngerWeights(losses, floors, ntkProxies, options));
  });
}
