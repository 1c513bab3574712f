import * as tf from '@tensorflow/tfjs-core';
import {
  addScaled,
  callback,
  checkArgument,
  checkTensors,
  clones,
  closedForm,
  mapNamed,
  reject,
  type ValuedCorrection,
  type Weight,
  weightAt,
  weighted,
} from '@toploss/core/kit';
import type { Observed, SlowAverage } from './average.js';
import { checkDeterministic, checkGradient } from './check-loss.js';
import { alignmentGradient, type DmtaGradientOptions } from './gradient.js';
import { type AverageOptions, checkInputs, type Dmta, type ModeOf } from './mode.js';

/** g + λ H v, the gradient of λ (1 − cos(g, m̄ₖ₋₁)). */
export interface CosineDmtaOptions extends AverageOptions, DmtaGradientOptions {
  mode: 'cosine';
  /** λ ≥ 0, or a schedule of it over the training step; default 1e-2. */
  lambda?: Weight;
  /**
   * L at the current parameters and on the current batch. `correct` and `penalty` differentiate it twice more, and with
   * `difference: 'forward'` once: it must draw the same masks and noise in every call of a step. The forward difference
   * starts from the gradients that are corrected: L is then all that they are of, with its penalties, and no correction
   * comes before this one. Both are checked at the first use, which on a device waits for it, once. Not needed to
   * observe.
   */
  loss?: () => tf.Tensor;
}

/** With a value, λΦ. */
export interface CosineDmta extends Dmta, ValuedCorrection {
  readonly name: 'dmta';
}

/** g + λ H v, and λΦ. */
export function cosine(
  { lambda = 1e-2, start, ...options }: CosineDmtaOptions,
  average: SlowAverage,
): ModeOf<CosineDmta> {
  const { loss } = options;
  const alignment = alignmentBy(options);
  const startValue = start === 'first' ? 0 : 1;
  /** Whether there is nothing to keep to, or no weight on it. */
  const isIdle = (weight: number, { slow }: Observed) =>
    weight === 0 || Object.keys(slow).length === 0;

  const valueAndCorrect: ValuedCorrection['valueAndCorrect'] = (
    grads,
    params,
    step = average.steps,
  ) => {
    const observed = average.checked(grads);
    checkTensors('dmta', 'params', params, observed.grads);
    checkArgument('dmta', 'loss', loss, callback);
    const weight = weightAt('dmta', lambda, step);
    if (isIdle(weight, observed)) {
      return { value: tf.scalar(weight * startValue), grads: clones(observed.grads) };
    }
    return tf.tidy(() => {
      const { value, Hv } = alignment(observed, params);
      const corrected = mapNamed(observed.grads, (g, name) =>
        Hv[name] === undefined ? tf.clone(g) : addScaled(g, tf.scalar(weight), Hv[name]),
      );
      return { value: tf.mul(weight, value), grads: corrected };
    });
  };
  return {
    penalty: (inputs, step = average.steps) => {
      const { params, observed } = checkInputs(inputs, average);
      checkArgument('dmta', 'loss', loss, callback);
      const thetas = Object.values(params);
      const idle = isIdle(weightAt('dmta', lambda, step), observed);
      return weighted('dmta', lambda, step, thetas, () => {
        // Outside the closed form, where tfjs records no gradients.
        const { value, Hv } = idle
          ? { value: tf.scalar(startValue), Hv: {} as tf.NamedTensorMap }
          : alignment(observed, params);
        const grads = Object.entries(params).map(([name, x]) => Hv[name] ?? tf.zerosLike(x));
        return closedForm(thetas, () => ({ value: tf.clone(value), grads }));
      });
    },
    correct: (grads, params, step) => tf.tidy(() => valueAndCorrect(grads, params, step).grads),
    valueAndCorrect,
  };
}

/** Φ, and H v by name, of the variables that have an average. The loss is checked at the first use. */
function alignmentBy({ loss, eps, step, difference }: Omit<CosineDmtaOptions, 'lambda'>) {
  const options = {
    ...(eps === undefined ? {} : { eps }),
    ...(step === undefined ? {} : { step }),
    ...(difference === undefined ? {} : { difference }),
  };
  let isChecked = false;
  return ({ grads, slow }: Observed, params: tf.NamedTensorMap) => {
    const names = Object.keys(slow);
    const variables = names.map((name) => variableOf(name, params[name]));
    const g = names.map((name) => grads[name]!);
    const lossOf = loss as () => tf.Tensor;
    if (!isChecked) {
      isChecked =
        difference === 'forward'
          ? checkGradient(lossOf, variables, g)
          : checkDeterministic(lossOf, variables);
    }
    const averages = Object.values(slow);
    const { value, grads: Hv } = alignmentGradient(lossOf, variables, g, averages, options);
    return { value, Hv: Object.fromEntries(names.map((name, k) => [name, Hv[k]!])) };
  };
}

/** The variable that the loss reads: the parameter itself, or what is registered under its name. */
function variableOf(name: string, parameter: unknown): tf.Variable {
  const variable =
    parameter instanceof tf.Variable ? parameter : tf.engine().registeredVariables[name];
  if (variable === undefined) {
    const expected = 'to be a variable, as the loss is evaluated beside it';
    reject('dmta', `params.${name}`, expected, parameter);
  }
  return variable;
}
