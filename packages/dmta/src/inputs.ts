import type * as tf from '@tensorflow/tfjs-core';
import {
  Checks,
  type Correction,
  type DifferenceOptions,
  type Regularizer,
  type Stateful,
  type ValuedCorrection,
  type Weight,
} from '@toploss/core/kit';

export const check: Checks = new Checks('dmta');

/** A number, or one for each step, counted from 0. */
export type Schedule = number | ((step: number) => number);

/** How the average starts: at zero, or at the first gradient, as in toploss 0.1.0. */
export type Start = 'zero' | 'first';

interface AverageOptions {
  /** μ ∈ [0, 1), or a schedule of it over the observed steps; default 0.9999, a half-life of 7000 steps. */
  mu?: Schedule;
  /** Where the average starts: at `'zero'` (default), or at the `'first'` gradient. */
  start?: Start;
}

/** g + λα m̄ₖ, AdEMAMix's slow term. */
export interface LinearDmtaOptions extends AverageOptions {
  mode?: 'linear';
  /** λ ≥ 0, or a schedule of it over the training step; default 1. Only the product λα matters. */
  lambda?: Weight;
  /** α ≥ 0, or a schedule of it over the observed steps; default 5. */
  alpha?: Schedule;
}

export interface DmtaGradientOptions extends DifferenceOptions {
  /** Floor of ‖g‖, in the unit of g; default 1e-6. The gradient of Φ grows as 1/‖g‖ down to it. */
  eps?: number;
}

/** g + λ H v, the gradient of λ (1 − cos(g, m̄ₖ₋₁)). */
export interface CosineDmtaOptions extends AverageOptions, DmtaGradientOptions {
  mode: 'cosine';
  /** λ ≥ 0, or a schedule of it over the training step; default 1e-2. */
  lambda?: Weight;
  /**
   * L at the current parameters and on the current batch; not needed to observe. `correct` and `penalty` differentiate
   * it twice more, and once with `difference: 'forward'`. It must draw the same masks and noise in every call of a step.
   *
   * The forward difference starts from the gradients that are corrected: L must then be all of their loss, with its
   * penalties, and no correction may come before this one. Both conditions are checked at the first use, which on a
   * device waits for it, once.
   */
  loss?: () => tf.Tensor;
}

export interface DmtaInputs {
  params: tf.NamedTensorMap;
  /** g at `params`, by the same names. */
  grads: tf.NamedTensorMap;
}

/** Gradients, and the averages of those that have one, both by the names of the gradients. */
export interface Observed {
  readonly grads: tf.NamedTensorMap;
  readonly slow: Readonly<tf.NamedTensorMap>;
}

/** λΦ of checked inputs. */
export interface DmtaPenalty {
  penalty(params: tf.NamedTensorMap, observed: Observed, step: number): tf.Scalar;
}

/** Gradients, in the order of their variables. */
export interface ListedGradients {
  readonly variables: readonly { readonly name: string }[];
  readonly tensors: readonly tf.Tensor[];
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

/** DMTA with a value, λΦ. */
export interface CosineDmta extends Dmta, ValuedCorrection {
  readonly name: 'dmta';
}

/** The state of the average, for `JSON.stringify`. Numbers of float32 pass through JSON bit for bit. */
export interface DmtaState {
  readonly format: 'toploss/dmta';
  readonly version: 1;
  /** How many steps were observed. */
  readonly steps: number;
  /** m̄ by variable name, in the order of the variables, row-major; empty before the first step. */
  readonly average: Readonly<Record<string, SavedTensor>>;
  /** `false` if no step had a gradient of every variable: their order is not known, and only their names count. */
  readonly isOrdered?: boolean;
}

export interface SavedTensor {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
