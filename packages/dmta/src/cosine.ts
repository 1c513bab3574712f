import * as tf from '@tensorflow/tfjs-core';
import {
  addScaled,
  callback,
  checkArgument,
  checkTensors,
  closedForm,
  gradientsOf,
  hostView,
  norm,
  reject,
  type ValuedCorrection,
  type Weight,
  weightAt,
  weighted,
} from '@toploss/core';
import { where } from './alignment.js';
import { alignmentGradient, type DmtaGradientOptions } from './gradient.js';
import type { SlowAverage } from './slow-average.js';
import { type AverageOptions, checkInputs, clones, type Dmta, type ModeOf } from './term.js';

/** g + λ H v, the gradient of λ (1 − cos(g, m̄ₖ₋₁)). */
export interface CosineDmtaOptions extends AverageOptions, DmtaGradientOptions {
  mode: 'cosine';
  /** λ ≥ 0, or a schedule of it over the training step; default 1e-2. */
  lambda?: Weight;
  /**
   * L at the current parameters and on the current batch: deterministic, as `correct` and `penalty` differentiate
   * it twice more, and with `difference: 'forward'` once. That one starts from the gradients that are corrected:
   * L is then all that they are of, with its penalties, and no correction comes before this one. Not needed to
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
  { lambda = 1e-2, start, loss, eps, step: length, difference }: CosineDmtaOptions,
  average: SlowAverage,
): ModeOf<CosineDmta> {
  const options = {
    ...(eps === undefined ? {} : { eps }),
    ...(length === undefined ? {} : { step: length }),
    ...(difference === undefined ? {} : { difference }),
  };
  const startValue = start === 'first' ? 0 : 1;
  let isChecked = false;
  /** Φ, and H v for each gradient; nothing before there is an average. */
  const alignment = (named: tf.NamedTensorMap, params: tf.NamedTensorMap) => {
    const names = Object.keys(named);
    const variables = names.map((name) => variableOf(name, params[name]));
    if (difference === 'forward' && !isChecked) {
      checkGradient(loss as () => tf.Tensor, variables, named);
      isChecked = true;
    }
    return alignmentGradient(
      loss as () => tf.Tensor,
      variables,
      names.map((name) => named[name] as tf.Tensor),
      names.map((name) => average.tensors[name] as tf.Tensor),
      options,
    );
  };
  const valueAndCorrect: ValuedCorrection['valueAndCorrect'] = (
    grads,
    params,
    step = average.steps,
  ) => {
    const named = average.checked(grads);
    checkTensors(where, 'params', params, named);
    checkArgument(where, 'loss', loss, callback);
    const weight = weightAt(where, lambda, step);
    if (weight === 0 || average.isEmpty) {
      return { value: tf.scalar(weight * startValue), grads: clones(named) };
    }
    return tf.tidy(() => {
      const { value, grads: Hv } = alignment(named, params);
      const corrected = Object.entries(named).map(([name, g], k) => [
        name,
        addScaled(g, tf.scalar(weight), Hv[k] as tf.Tensor),
      ]);
      return { value: tf.mul(weight, value), grads: Object.fromEntries(corrected) };
    });
  };
  return {
    penalty: (inputs, step = average.steps) => {
      const { params, named } = checkInputs(inputs, average);
      checkArgument(where, 'loss', loss, callback);
      const thetas = Object.values(params);
      const isKnown = weightAt(where, lambda, step) === 0 || average.isEmpty;
      return weighted(where, lambda, step, thetas, () => {
        // Outside the closed form, where tfjs records no gradients.
        const { value, grads } = isKnown
          ? { value: tf.scalar(startValue), grads: thetas.map((x) => tf.zerosLike(x)) }
          : alignment(named, params);
        return closedForm(thetas, () => ({ value: tf.clone(value), grads: [...grads] }));
      });
    },
    correct: (grads, params, step) => tf.tidy(() => valueAndCorrect(grads, params, step).grads),
    valueAndCorrect,
  };
}

/** The variable that the loss reads: the parameter itself, or what is registered under its name. */
function variableOf(name: string, parameter: unknown): tf.Variable {
  const variable =
    parameter instanceof tf.Variable ? parameter : tf.engine().registeredVariables[name];
  if (variable === undefined) {
    const expected = 'to be a variable, as the loss is evaluated beside it';
    reject(where, `params.${name}`, expected, parameter);
  }
  return variable;
}

/**
 * Throws unless g = ∇L: a forward difference from another gradient would be their difference, by a small ε. Once, and
 * only where the values can be seen without waiting.
 */
function checkGradient(
  loss: () => tf.Tensor,
  params: tf.Variable[],
  named: tf.NamedTensorMap,
): void {
  if (hostView(params[0] as tf.Variable) === undefined) {
    return;
  }
  const isSame = tf.tidy(() => {
    const { grads } = gradientsOf(where, loss, params);
    const pairs = params.map(({ name }) => [grads[name] as tf.Tensor, named[name] as tf.Tensor]);
    const apart = norm(pairs.map(([a, b]) => tf.sub(a as tf.Tensor, b as tf.Tensor)));
    const tolerance = tf.mul(1e-4, norm(Object.values(grads)));
    return (hostView(tf.lessEqual(apart, tolerance)) as Uint8Array)[0] === 1;
  });
  if (!isSame) {
    reject(
      where,
      'loss',
      "to be all that the gradients are of, for `difference: 'forward'`, and deterministic",
      loss,
    );
  }
}
