import * as tf from '@tensorflow/tfjs-core';
import {
  checkArgument,
  checkOptions,
  integer,
  Memory,
  type Rule,
  reject,
  type Stateful,
} from '@toploss/core/kit';
import { advanced } from './advance.js';
import {
  aboveAverageMinimum,
  aboveFloors,
  aboveWindowMinimum,
  type Excess,
  taylor,
} from './excess.js';
import { type NgerOptions, weightedSum, weightRules } from './formula.js';
import { type NgerState, restore, savedState } from './state.js';
import { type NgerInputs, ofTasks, type TaskStep, taskStep } from './step.js';
import { where } from './vector.js';

/** How the floors are found: see `nger`. */
export type Floor = 'ema-min' | 'window-min' | 'taylor' | readonly number[];

export interface NgerTermOptions extends NgerOptions {
  /** T ≥ 1, the number of tasks. */
  tasks: number;
  /** How the excess is estimated; default `'ema-min'`. An array gives known floors. */
  floor?: Floor;
  /**
   * How many past steps the estimate uses, an integer ≥ 1; default 200. `'taylor'` and known
   * floors ignore it.
   */
  window?: number;
}

/** The weighting of the tasks; it stands for the base loss. */
export interface Nger extends Stateful<NgerInputs, NgerState> {
  readonly name: 'nger';
  /** Σ sg(wₜ) ℓₜ of the tasks that the batch has, with this step in the floors; remembers nothing. */
  loss(inputs: NgerInputs): tf.Scalar;
  /**
   * w of the last observed step, [T], all alike before the first; the caller owns it. A task that this step was
   * without has the weight that the loss would give it now, or 0 if no step has had it.
   */
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

const tasksRule: Rule = {
  ...integer(1),
  expected: 'to be the number of tasks, an integer ≥ 1, as in nger({ tasks: 2 })',
};

const termRules = { ...weightRules, tasks: tasksRule, floor: floorRule, window: integer(1) };

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
 * A task that the batch lacks is `null` in `taskLosses` and in `ntkProxies`. One whose loss or proxy is exactly 0
 * counts as lacking too. Such a task takes no part in the loss, and all that is remembered of it waits. In the
 * softmax it keeps the score of its last step, so that the others keep their weights; before its first step its
 * weight is 0. If every task is 0, the loss is 0 and so is its gradient.
 *
 * `loss` is pure; `observe` advances what is remembered, and in `trainStep`, as one of its terms, is given
 * what `forward` returned. Neither waits for the device.
 *
 * @throws When the numbers of tasks differ from `tasks`, every task is `null`, one is `null` in one of the two only,
 *   or a loss or a proxy is not finite; of tensors that is seen on cpu and wasm only. Then nothing is remembered of
 *   that step; elsewhere the tasks concerned keep what they had.
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
  const kind = { tasks, floor, rows: excess.rows };
  const memory = new Memory();
  const after = (step: TaskStep) => advanced(memory.tensors, step, excess, options);
  const { total = 1 } = options;

  return {
    name: 'nger',
    loss: (inputs) =>
      tf.tidy(() => {
        const step = taskStep(inputs, tasks);
        return weightedSum(step.losses, () => ofTasks(step.present, after(step).weights, 0));
      }),
    weights: () => {
      const { weights } = memory.tensors;
      return weights
        ? tf.clone(weights as tf.Tensor1D)
        : tf.fill([tasks], total / tasks, 'float32');
    },
    observe: (inputs) =>
      memory.replace(
        tf.tidy(() => after(taskStep(inputs, tasks))),
        memory.steps + 1,
      ),
    getState: () => savedState(memory, kind),
    setState: (state) => restore(memory, state, kind),
    dispose: () => memory.dispose(),
  };
}

function resolved(options: NgerTermOptions): { tasks: number; floor: string; excess: Excess } {
  const given = options ?? {}; // without any, the error names what is needed
  checkOptions(where, given, termRules);
  const { tasks, floor = 'ema-min', window = 200 } = given;
  checkArgument(where, 'tasks', tasks, termRules.tasks);
  if (typeof floor === 'string') {
    return { tasks, floor, excess: (estimates[floor] as (window: number) => Excess)(window) };
  }
  if (floor.length !== tasks) {
    reject(where, 'floor', `of length ${tasks}, one for each task`, floor);
  }
  return { tasks, floor: 'given', excess: aboveFloors([...floor]) };
}
