import * as tf from '@tensorflow/tfjs-core';
import { surrogate } from '@toploss/core';
import {
  clones,
  elementwise,
  mapNamed,
  nonNegative,
  type Weight,
  weightAt,
  weighted,
} from '@toploss/core/kit';
import type { Observed, SlowAverage } from './average.js';
import { type AverageOptions, checkInputs, type Dmta, type ModeOf } from './mode.js';
import { type Schedule, valueAt } from './schedules.js';

/** g + λα m̄ₖ, AdEMAMix's slow term. */
export interface LinearDmtaOptions extends AverageOptions {
  mode?: 'linear';
  /** λ ≥ 0, or a schedule of it over the training step; default 1. What counts is λα. */
  lambda?: Weight;
  /** α ≥ 0, or a schedule of it over the observed steps; default 5. */
  alpha?: Schedule;
}

/** g + λα m̄ₖ, where m̄ₖ is the average that `observe` makes of the same g. */
export function linear(
  { lambda = 1, alpha = 5, start }: LinearDmtaOptions,
  average: SlowAverage,
  muNow: () => number,
): ModeOf<Dmta> {
  const alphaNow = () => valueAt('alpha', alpha, average.steps, nonNegative);
  /** c g + factor · m̄ₖ */
  const withAverage = (c: number, { grads, slow: averages }: Observed, factor: number) => {
    const muOfAll = muNow();
    return mapNamed(grads, (g, name) => {
      const mu = averages[name] === undefined && start === 'first' ? 0 : muOfAll;
      const slow = averages[name] ?? tf.zerosLike(g);
      const [ofGradient, ofSlow] = [c + factor * (1 - mu), factor * mu];
      return elementwise(
        g,
        slow,
        (g, slow, sum) => {
          for (let k = 0; k < sum.length; k++) {
            sum[k] = ofGradient * g[k]! + ofSlow * slow[k]!;
          }
        },
        () => tf.add(tf.mul(ofGradient, g), tf.mul(ofSlow, slow)),
      );
    });
  };
  return {
    penalty: (inputs, step = average.steps) => {
      const { params, observed } = checkInputs(inputs, average);
      const slow = () => surrogate(withAverage(0, observed, alphaNow()), params);
      return weighted('dmta', lambda, step, Object.values(params), slow);
    },
    correct: (grads, _params, step = average.steps) => {
      const observed = average.checked(grads);
      const factor = weightAt('dmta', lambda, step) * alphaNow();
      return factor === 0
        ? clones(observed.grads)
        : tf.tidy(() => withAverage(1, observed, factor));
    },
  };
}
