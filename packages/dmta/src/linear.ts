import * as tf from '@tensorflow/tfjs-core';
import { surrogate } from '@toploss/core';
import { clones, isLooped, mapNamed, nonNegative, weightAt, weighted } from '@toploss/core/kit';
import type { Observed, SlowAverage } from './average.js';
import { combined } from './formula.js';
import type { Dmta, LinearDmtaOptions } from './inputs.js';
import { valueAt } from './schedules.js';

/**
 * g + λα m̄ₖ, where m̄ₖ is the average that `observe` makes of the same g.
 *
 *     g + λα m̄ₖ = (1 + λα(1−μ)) g + λα μ m̄ₖ₋₁
 */
export function linear(
  { lambda = 1, alpha = 5 }: LinearDmtaOptions,
  average: SlowAverage,
): Pick<Dmta, 'penalty' | 'correct'> {
  const alphaNow = () => valueAt('alpha', alpha, average.steps, nonNegative);
  /** c g + factor · m̄ₖ */
  const withAverage = (c: number, { grads, slow }: Observed, factor: number) => {
    const muOfAll = average.mu;
    return mapNamed(grads, (g, name) => {
      const mu = slow[name] === undefined && average.start === 'first' ? 0 : muOfAll;
      return combined(c + factor * (1 - mu), g, factor * mu, slow[name]);
    });
  };
  return {
    penalty: (inputs, step = average.steps) => {
      const { params, observed } = average.checkInputs(inputs);
      const slow = () => surrogate(withAverage(0, observed, alphaNow()), params);
      return weighted('dmta', lambda, step, Object.values(params), slow);
    },
    correct: (grads, _params, step = average.steps) => {
      const observed = average.checked(grads);
      const factor = weightAt('dmta', lambda, step) * alphaNow();
      return factor === 0
        ? clones(observed.grads)
        : tidied(observed, () => withAverage(1, observed, factor));
    },
  };
}

/** Loops leave nothing to tidy up, where every gradient has an average. */
const tidied = <R extends tf.TensorContainer>({ grads, slow }: Observed, f: () => R): R =>
  Object.entries(grads).every(([name, { size }]) => slow[name] !== undefined && isLooped(size))
    ? f()
    : tf.tidy(f);
