import * as tf from '@tensorflow/tfjs-core';
import {
  checkArgument,
  checkObject,
  checkOptions,
  integer,
  type Rule,
  reject,
  type Stateful,
} from '@toploss/core';
import {
  aboveAverageMinimum,
  aboveFloors,
  aboveWindowMinimum,
  type Excess,
  type TaskStep,
  taylor,
} from './excess.js';
import { Remembered } from './remembered.js';
import type { NgerState } from './state.js';
import { finiteNonNegative, type PerTask, vector, where } from './vector.js';
import { type NgerOptions, weightedSum, weightRules, weightsOf } from './weights.js';

/** How the floors are found: see `nger`. */
export type Floor = 'ema-min' | 'window-min' | 'taylor' | readonly number[];

export interface NgerTermOptions extends NgerOptions {
  /** T ≥ 1, the number of tasks. */
  tasks: number;
  /** Default `'ema-min'`; an array gives the floors themselves. */
  floor?: Floor;
  /** How many steps the floors look back, an integer ≥ 1; default 200. Not read by `'taylor'` and numbers. */
  window?: number;
}

export interface NgerInputs {
  /** ℓ: [T], or T scalars. */
  taskLosses: PerTask;
  /** κ: [T], or T scalars or numbers, see `lossesAndProxies` and `ntkProxies`. */
  ntkProxies: PerTask;
}

/** The weighting of the tasks; it stands in the place of the base loss. */
export interface Nger extends Stateful<NgerInputs, NgerState> {
  readonly name: 'nger';
  /** Σ sg(wₜ) ℓₜ, with this step in the floors; remembers nothing. */
  loss(inputs: NgerInputs): tf.Scalar;
  /** w of the last observed step, [T], all alike before the first; the caller owns it. */
  weights(): tf.Tensor1D;
}

const estimates: Record<string, (window: number) => Excess> = {
  'ema-min': aboveAverageMinimum,
  'window-min': aboveWindowMinimum,
  taylor: () => taylor,
};

const floorRule: Rule = {
  expected: `to be one of ${Object.keys(estimates).join(', ')}, or an array of finite numbers`,
  allows: (value) =>
    Array.isArray(value)
      ? value.every((x) => Number.isFinite(x))
      : Object.keys(estimates).includes(value as string),
};

const termRules = { ...weightRules, tasks: integer(1), floor: floorRule, window: integer(1) };

/**
 * NGER, noise-gated excess risk: the weights of the tasks of one network, such that what a task cannot learn,
 * the noise in its targets, takes nothing from the others.
 *
 *     w = total · softmaxₜ( log(rₜ + ε) − γ log(κₜ + ε) ),   L = Σ sg(wₜ) ℓₜ
 *
 * κ are the proxies, see `ntkProxies`. r, the excess, is by `floor`:
 *
 * - `'ema-min'`: the span between where the averages of the loss have been and their lowest, so that a task
 *   that improves on every step has one too;
 * - `'window-min'`: ℓ above the minimum of the last `window` losses, as toploss 0.1.0 has it: a task that
 *   improves on every step has none, and its weight collapses;
 * - `'taylor'`: κ/√(Σκ + 1e-7), after ExcessMTL. With γ = 0 that alone decides;
 * - numbers: ℓ above floors that are known.
 *
 * `loss` is pure; `observe` advances what is remembered, and in `trainStep`, as one of its terms, is given
 * what `forward` returned. Neither waits for the device.
 *
 * @throws When the numbers of tasks differ from `tasks`, or a loss or a proxy is not finite; of tensors that is
 *   seen on cpu and wasm only. Then nothing is remembered of that step; elsewhere the tasks concerned keep what
 *   they had.
 *
 * @example
 * const weighting = nger({ tasks: 2 });
 * const step = trainStep({ optimizer, terms: [weighting] });
 * const losses = step(() => {
 *   const inputs = lossesAndProxies(heads, trunk(x));
 *   return { loss: weighting.loss(inputs), ...inputs };
 * });
 */
export function nger(options: NgerTermOptions): Nger {
  const { tasks, floor, excess } = resolved(options);
  const remembered = new Remembered({ tasks, floor, rows: excess.rows });

  const checked = (inputs: unknown): TaskStep => {
    checkObject(where, 'inputs', inputs);
    const { taskLosses, ntkProxies } = inputs as NgerInputs;
    return {
      losses: vector('taskLosses', taskLosses, tasks),
      proxies: vector('ntkProxies', ntkProxies, tasks, finiteNonNegative),
    };
  };
  const advanced = (step: TaskStep) => {
    const memory = excess.next(remembered.memory, step);
    return { memory, weights: weightsOf(excess.of(memory, step), step.proxies, options) };
  };
  const { total = 1 } = options;

  return {
    name: 'nger',
    loss: (inputs) =>
      tf.tidy(() => {
        const step = checked(inputs);
        return weightedSum(step.losses, () => advanced(step).weights);
      }),
    weights: () =>
      remembered.weights ? tf.clone(remembered.weights) : tf.fill([tasks], total / tasks),
    observe: (inputs) => remembered.advance(tf.tidy(() => advanced(checked(inputs)))),
    getState: () => remembered.getState(),
    setState: (state) => remembered.setState(state),
    dispose: () => remembered.dispose(),
  };
}

function resolved(options: NgerTermOptions): { tasks: number; floor: string; excess: Excess } {
  checkOptions(where, options, termRules);
  const { tasks, floor = 'ema-min', window = 200 } = options;
  checkArgument(where, 'tasks', tasks, termRules.tasks);
  if (typeof floor === 'string') {
    return { tasks, floor, excess: (estimates[floor] as (window: number) => Excess)(window) };
  }
  if (floor.length !== tasks) {
    reject(where, 'floor', `of length ${tasks}, one for each task`, floor);
  }
  return { tasks, floor: 'given', excess: aboveFloors([...floor]) };
}
