import type * as tf from '@tensorflow/tfjs-core';
import {
  type Correction,
  checkObject,
  checkTensors,
  type Regularizer,
  type Stateful,
} from '@toploss/core/kit';
import type { SlowAverage, Start } from './average.js';
import type { Schedule } from './schedules.js';
import type { DmtaState } from './state.js';

export interface AverageOptions {
  /** μ ∈ [0, 1), or a schedule of it over the observed steps; default 0.9999, a half-life of 7000 steps. */
  mu?: Schedule;
  /** Where the average starts: at `'zero'` (default), or at the `'first'` gradient. */
  start?: Start;
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

/** What the modes differ in. */
export type ModeOf<T extends Dmta> = Omit<
  T,
  'name' | 'slow' | keyof Stateful<tf.NamedTensorMap, DmtaState>
>;

/** The inputs of a penalty; its gradients are constants. */
export function checkInputs(inputs: unknown, average: SlowAverage) {
  checkObject('dmta', 'inputs', inputs);
  const { params, grads } = inputs as DmtaInputs;
  const observed = average.checked(grads);
  return { params: checkTensors('dmta', 'params', params, observed.grads), observed };
}
