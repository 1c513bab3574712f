import * as tf from '@tensorflow/tfjs-core';
import {
  type Correction,
  callback,
  checkArgument,
  checkObject,
  checkOptions,
  checkTensors,
  closedForm,
  elementwise,
  nonNegative,
  oneOf,
  type Regularizer,
  reject,
  type Stateful,
  surrogate,
  type ValuedCorrection,
  type Weight,
  weight,
  weightAt,
  weighted,
} from '@toploss/core';
import { where } from './alignment.js';
import { alignmentGradient, type DmtaGradientOptions, gradientRules } from './gradient.js';
import { momentum, type Schedule, scheduled, valueAt } from './schedules.js';
import { SlowAverage, type Start } from './slow-average.js';
import type { DmtaState } from './state.js';

interface AverageOptions {
  /** μ ∈ [0, 1), or a schedule of it over the observed steps; default 0.9999, a half-life of 7000 steps. */
  mu?: Schedule;
  /** Where the average starts: at `'zero'` (default), or at the `'first'` gradient. */
  start?: Start;
}

/** g + λα m̄ₖ, AdEMAMix's slow term. */
export interface LinearDmtaOptions extends AverageOptions {
  mode?: 'linear';
  /** λ ≥ 0, or a schedule of it over the training step; default 1. What counts is λα. */
  lambda?: Weight;
  /** α ≥ 0, or a schedule of it over the observed steps; default 5. */
  alpha?: Schedule;
}

/** g + λ H v, the gradient of λ (1 − cos(g, m̄ₖ₋₁)). */
export interface CosineDmtaOptions extends AverageOptions, DmtaGradientOptions {
  mode: 'cosine';
  /** λ ≥ 0, or a schedule of it over the training step; default 1e-2. */
  lambda?: Weight;
  /**
   * L at the current parameters and on the current batch: deterministic, as `correct` and `penalty` differentiate
   * it twice more. Not needed to observe.
   */
  loss?: () => tf.Scalar;
}

export interface DmtaInputs {
  params: tf.NamedTensorMap;
  /** g at `params`, by the same names. */
  grads: tf.NamedTensorMap;
}

/**
 * DMTA as a term: corrects the gradients, and remembers their average. As a penalty, for `composite`, it is the
 * frozen surrogate of the correction: its gradient is the correction, and `grads` are constants.
 */
export interface Dmta
  extends Regularizer<DmtaInputs>,
    Correction,
    Stateful<tf.NamedTensorMap, DmtaState> {
  readonly name: 'dmta';
  /** m̄ of the last `observe`, by variable name; empty before the first. The caller owns the tensors. */
  slow(): tf.NamedTensorMap;
}

/** With a value, λΦ. */
export interface CosineDmta extends Dmta, ValuedCorrection {
  readonly name: 'dmta';
}

const ofMode = {
  linear: { alpha: scheduled(nonNegative) },
  cosine: { loss: callback, ...gradientRules },
};

const rules = {
  mode: oneOf(...Object.keys(ofMode)),
  lambda: weight,
  mu: scheduled(momentum),
  start: oneOf('zero', 'first'),
  ...ofMode.linear,
  ...ofMode.cosine,
};

/**
 * DMTA as a term for `trainStep`: keeps training to the long-term direction of the gradients.
 *
 *     m̄ₖ = μ m̄ₖ₋₁ + (1 − μ) gₖ
 *
 * `mode: 'linear'` (default) is AdEMAMix's slow term, for plain descent exactly, and costs no extra gradient:
 *
 *     g + λα m̄ₖ = (1 + λα(1−μ)) g + λα μ m̄ₖ₋₁
 *
 * It is the gradient of `(1 + λα(1−μ)) L + λα μ ⟨sg m̄ₖ₋₁, θ⟩`, another function at every step: it has no value
 * that would mean anything, and reports none. Under an adaptive optimizer all of it passes through the
 * preconditioner, whose second moment then sees the corrected gradient, where AdEMAMix has that of the loss.
 *
 * `mode: 'cosine'` is the gradient of λ(1 − cos(g, m̄ₖ₋₁)), at two more gradients of `loss` in each step:
 *
 *     g + λ H v,   v = −(m̂ − ⟨ĝ,m̂⟩ĝ) / max(‖g‖, eps)
 *
 * Before the first step there is no direction to keep to, and g stays as it is; Φ is then 1 at the start from
 * zero, and 0 at the start from the first gradient.
 *
 * `correct` changes nothing; only `observe(grads)` advances the average. `trainStep` observes the gradients of
 * the loss with its penalties, and corrects what the corrections before this one have made of them: to have
 * the same in both, let it be the first. It holds one buffer of the size of the parameters, until `dispose`.
 *
 * The schedules of μ and α count the observed steps, from 0, which are part of the state; that of λ counts the
 * steps of `trainStep`.
 *
 * @throws From `correct` and `observe`, when names or shapes are not those of the first step; from `observe`,
 *   when a gradient is not finite, and the average stays what it was. On cpu and wasm only, as elsewhere it
 *   would mean waiting for the device: there the entries that are not finite keep their average.
 *
 * @example
 * const slow = dmta({
 *   alpha: linearAlpha({ alpha: 5, steps: 10_000 }),
 *   mu: halfLifeMu({ from: 0.9, to: 0.9999, steps: 10_000 }),
 * });
 * const step = trainStep({ optimizer: tf.train.sgd(0.01), terms: [slow] });
 *
 * @see M. Pagliardini, P. Ablin and D. Grangier, The AdEMAMix Optimizer: Better, Faster, Older, 2024,
 *   arXiv:2409.03137.
 * @see R. A. Patil, Topological Loss Engineering, 2026, doi:10.5281/zenodo.20480620.
 */
export function dmta(options: CosineDmtaOptions): CosineDmta;
export function dmta(options?: LinearDmtaOptions): Dmta;
export function dmta(options?: LinearDmtaOptions | CosineDmtaOptions): Dmta;
export function dmta(options: LinearDmtaOptions | CosineDmtaOptions = {}): Dmta {
  checkOptions(where, options, rules);
  const { mode = 'linear', mu = 0.9999, start = 'zero' } = options;
  checkMode(mode, options);
  const average = new SlowAverage(start);
  const muNow = () => valueAt('mu', mu, average.steps, momentum);
  return {
    name: where,
    ...(options.mode === 'cosine'
      ? cosineCorrection(options, average)
      : linearCorrection(options, average, muNow)),
    slow: () => clones(average.tensors),
    observe: (grads) => average.advance(grads, muNow()),
    getState: () => average.getState(),
    setState: (state) => average.setState(state),
    dispose: () => average.dispose(),
  };
}

/** An option of the other mode would silently do nothing. */
function checkMode(mode: keyof typeof ofMode, options: object): void {
  const others = ofMode[mode === 'linear' ? 'cosine' : 'linear'];
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined && Object.hasOwn(others, key)) {
      reject(where, key, `to be left out in mode '${mode}'`, value);
    }
  }
}

const clones = (tensors: Readonly<tf.NamedTensorMap>): tf.NamedTensorMap =>
  Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, tf.clone(x)]));

/** g + λα m̄ₖ, where m̄ₖ is the average that `observe` makes of the same g. */
function linearCorrection(
  { lambda = 1, alpha = 5, start }: LinearDmtaOptions,
  average: SlowAverage,
  muNow: () => number,
): Omit<Dmta, 'name' | StateMethods> {
  const alphaNow = () => valueAt('alpha', alpha, average.steps, nonNegative);
  /** c g + factor · m̄ₖ */
  const withAverage = (c: number, named: tf.NamedTensorMap, factor: number) => {
    const mu = average.isEmpty && start === 'first' ? 0 : muNow();
    const ofGradient = c + factor * (1 - mu);
    return Object.fromEntries(
      Object.entries(named).map(([name, g]) => {
        const slow = average.tensors[name] ?? tf.zerosLike(g);
        const ofSlow = factor * mu;
        const sum = elementwise(
          g,
          slow,
          (g, slow, sum) => {
            for (let k = 0; k < sum.length; k++) {
              sum[k] = ofGradient * (g[k] as number) + ofSlow * (slow[k] as number);
            }
          },
          () => tf.add(tf.mul(ofGradient, g), tf.mul(ofSlow, slow)),
        );
        return [name, sum];
      }),
    );
  };
  return {
    penalty: (inputs, step = average.steps) => {
      const { params, named } = checkInputs(inputs, average);
      const slow = () => surrogate(withAverage(0, named, alphaNow()), params);
      return weighted(where, lambda, step, Object.values(params), slow);
    },
    correct: (grads, _params, step = average.steps) => {
      const named = average.checked(grads);
      const factor = weightAt(where, lambda, step) * alphaNow();
      return factor === 0 ? clones(named) : tf.tidy(() => withAverage(1, named, factor));
    },
  };
}

type StateMethods = 'slow' | keyof Stateful<tf.NamedTensorMap, DmtaState>;

/** The inputs of a penalty; its gradients are constants. */
function checkInputs(inputs: unknown, average: SlowAverage) {
  checkObject(where, 'inputs', inputs);
  const { params, grads } = inputs as DmtaInputs;
  const named = average.checked(grads);
  return { params: checkTensors(where, 'params', params, named), named };
}

/** g + λ H v, and λΦ. */
function cosineCorrection(
  { lambda = 1e-2, start, loss, eps, step: length, difference }: CosineDmtaOptions,
  average: SlowAverage,
): Omit<CosineDmta, 'name' | StateMethods> {
  const options = {
    ...(eps === undefined ? {} : { eps }),
    ...(length === undefined ? {} : { step: length }),
    ...(difference === undefined ? {} : { difference }),
  };
  const startValue = start === 'first' ? 0 : 1;
  /** Φ, and H v for each gradient; nothing before there is an average. */
  const alignment = (named: tf.NamedTensorMap, params: tf.NamedTensorMap) => {
    const names = Object.keys(named);
    const variables = names.map((name) => variableOf(name, params[name]));
    return alignmentGradient(
      loss as () => tf.Scalar,
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
        tf.add(g, tf.mul(weight, Hv[k] as tf.Tensor)),
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
