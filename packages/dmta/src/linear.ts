import * as tf from '@tensorflow/tfjs-core';
import { surrogate } from '@toploss/core';
import {
  alias,
  type CorrectLists,
  isLooped,
  mapNamed,
  nonNegative,
  weightAt,
  weighted,
  withLists,
} from '@toploss/core/kit';
import type { SlowAverage } from './average.js';
import { combined } from './formula.js';
import type { Dmta, DmtaPenalty, LinearDmtaOptions, Observed } from './inputs.js';
import { valueAt } from './schedules.js';

/**
 * g + λα m̄ₖ, where m̄ₖ is the average that `observe` makes of the same g.
 *
 *     g + λα m̄ₖ = (1 + λα(1−μ)) g + λα μ m̄ₖ₋₁
 */
export function linear(
  { lambda = 1, alpha = 5 }: LinearDmtaOptions,
  average: SlowAverage,
): Pick<Dmta, 'correct'> & DmtaPenalty {
  const alphaNow = () => valueAt('alpha', alpha, average.steps, nonNegative);
  /** Of g and its m̄ₖ₋₁: c g + factor · m̄ₖ. */
  const adding = (c: number, factor: number) => {
    const muOfAll = average.mu;
    return (g: tf.Tensor, slow: tf.Tensor | undefined) => {
      const mu = slow === undefined && average.start === 'first' ? 0 : muOfAll;
      return combined(c + factor * (1 - mu), g, factor * mu, slow);
    };
  };
  const correction = (step: number) => {
    const factor = weightAt('dmta', lambda, step) * alphaNow();
    return factor === 0 ? (g: tf.Tensor) => alias(g) : adding(1, factor);
  };
  const correct: Dmta['correct'] = (grads, _params, step = average.steps) => {
    const observed = average.checked(grads);
    return tf.tidy(() => mapObserved(observed, correction(step)));
  };
  const byLists: CorrectLists = (gradients, step) => {
    const slow = average.listOf(gradients);
    if (!slow?.every(({ size }) => isLooped(size))) {
      return undefined;
    }
    const corrected = correction(step);
    return { tensors: gradients.tensors.map((g, k) => corrected(g, slow[k])) };
  };
  return {
    penalty: (params, observed, step) => {
      const slow = () => surrogate(mapObserved(observed, adding(0, alphaNow())), params);
      return weighted('dmta', lambda, step, Object.values(params), slow);
    },
    correct: withLists(correct, byLists),
  };
}

const mapObserved = (
  { grads, slow }: Observed,
  f: (g: tf.Tensor, slow: tf.Tensor | undefined) => tf.Tensor,
) => mapNamed(grads, (g, name) => f(g, slow[name]));
