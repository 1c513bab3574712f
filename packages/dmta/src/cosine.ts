import * as tf from '@tensorflow/tfjs-core';
import {
  addScaled,
  callback,
  closedForm,
  gradientsOf,
  hostView,
  mapNamed,
  norm,
  type ValuedCorrection,
  weightAt,
  weighted,
} from '@toploss/core/kit';
import type { SlowAverage } from './average.js';
import { alignmentGradient, named } from './gradient.js';
import {
  type CosineDmta,
  type CosineDmtaOptions,
  check,
  type DmtaGradientOptions,
  type DmtaPenalty,
  type Observed,
} from './inputs.js';

type Loss = () => tf.Tensor;

/** g + λ H v, and λΦ. */
export function cosine(
  { mode: _, mu: __, start, lambda = 1e-2, loss, ...formula }: CosineDmtaOptions,
  average: SlowAverage,
): Pick<CosineDmta, 'correct' | 'valueAndCorrect'> & DmtaPenalty {
  const alignment = alignmentOfLoss(formula);
  /** Φ and H v; as before the first step where there is no average, or no weight on it. */
  const alignmentAt = (weight: number, observed: Observed, params: tf.NamedTensorMap) =>
    weight === 0 || Object.keys(observed.slow).length === 0
      ? { value: tf.scalar(start === 'first' ? 0 : 1), Hv: {} as tf.NamedTensorMap }
      : alignment(loss as Loss, observed, params);

  const valueAndCorrect: ValuedCorrection['valueAndCorrect'] = (
    grads,
    params,
    step = average.steps,
  ) => {
    const observed = average.checked(grads);
    check.tensors('params', params, observed.grads);
    check.argument('loss', loss, callback);
    const weight = weightAt('dmta', lambda, step);
    return tf.tidy(() => {
      const { value, Hv } = alignmentAt(weight, observed, params);
      const corrected = mapNamed(observed.grads, (g, name) =>
        Hv[name] === undefined ? tf.clone(g) : addScaled(g, tf.scalar(weight), Hv[name]),
      );
      return { value: tf.mul(weight, value), grads: corrected };
    });
  };
  return {
    penalty: (params, observed, step) => {
      check.argument('loss', loss, callback);
      const thetas = Object.values(params);
      const weight = weightAt('dmta', lambda, step);
      return weighted('dmta', weight, step, thetas, () => {
        // Outside the closed form, where tfjs records no gradients.
        const { value, Hv } = alignmentAt(weight, observed, params);
        const grads = Object.entries(params).map(([name, x]) => Hv[name] ?? tf.zerosLike(x));
        return closedForm(thetas, () => ({ value: tf.clone(value), grads }));
      });
    },
    correct: (grads, params, step) => tf.tidy(() => valueAndCorrect(grads, params, step).grads),
    valueAndCorrect,
  };
}

/** Φ, and H v by name, of the variables that have an average. The loss is checked at the first use. */
function alignmentOfLoss(options: DmtaGradientOptions) {
  let isChecked = false;
  return (loss: Loss, { grads, slow }: Observed, params: tf.NamedTensorMap) => {
    const names = Object.keys(slow);
    const variables = names.map((name) => variableOf(name, params[name]));
    const g = names.map((name) => grads[name]!);
    if (!isChecked) {
      isChecked = isSameTwice(loss, variables, options.difference === 'forward' ? g : undefined);
    }
    const { value, grads: Hv } = alignmentGradient(
      loss,
      variables,
      g,
      Object.values(slow),
      options,
    );
    return { value, Hv: Object.fromEntries(names.map((name, k) => [name, Hv[k]!])) };
  };
}

/** The variable that the loss reads: the parameter itself, or what is registered under its name. */
function variableOf(name: string, parameter: unknown): tf.Variable {
  const variable =
    parameter instanceof tf.Variable ? parameter : tf.engine().registeredVariables[name];
  if (variable === undefined) {
    const expected = 'to be a variable, as the loss is evaluated beside it';
    check.reject(`params.${name}`, expected, parameter);
  }
  return variable;
}

/**
 * Throws unless the loss has the same gradient twice: a difference of gradients would be that of two masks of dropout,
 * divided by a small ε. The value of the loss alone does not tell, as a last kernel of zeros hides the noise before it.
 *
 * Waits for a device, so it is done once.
 *
 * @param g The gradient that a forward difference starts from; it must be ∇L for the same reason.
 * @returns Whether they are the same; false where they are not numbers.
 */
function isSameTwice(
  loss: Loss,
  params: tf.Variable[],
  g: readonly tf.Tensor[] | undefined,
): boolean {
  const gradient = () => gradientsOf('dmta', loss, params).grads;
  // Sums on a device may come in any order.
  const tolerance = g ? 1e-4 : hostView(params[0]!) ? 0 : 1e-5;
  const [apart, allowed] = tf.tidy(() => {
    const [a, b] = [g ? named(params, g) : gradient(), gradient()];
    const differences = params.map(({ name }) => tf.sub(a[name]!, b[name]!));
    const both = tf.stack([norm(differences), tf.mul(tolerance, norm(Object.values(b)))]);
    return both.dataSync();
  }) as unknown as [number, number];
  if (apart > allowed) {
    const expected = g
      ? "to be all that the gradients are of, for `difference: 'forward'`, and deterministic"
      : 'to have the same gradient in every call of a step: reuse the masks of dropout and the noise, or turn them off';
    check.reject('loss', expected, loss);
  }
  return apart <= allowed;
}
