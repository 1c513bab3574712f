import * as tf from '@tensorflow/tfjs-core';
import { integer, Memory, type Rule, type Stateful, tensorOf } from '@toploss/core/kit';
import { excessOf, excessRules, type Floor } from './excess.js';
import { type NgerOptions, type TaskTensors, weightedLoop, weightedSum } from './formula.js';
import { advanced, type Kind, type NgerState, restore, savedState } from './history.js';
import { check, type NgerInputs, ofTasks, type TaskStep, taskStep } from './inputs.js';
import { advancedLoop, type HostMemory, hostStep, wroteInPlace } from './loop.js';
import { weightRules } from './weights.js';

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

/** The weighting of the tasks. Its `loss` is the base loss of the step. */
export interface Nger extends Stateful<NgerInputs, NgerState> {
  readonly name: 'nger';
  /** Σ sg(wₜ) ℓₜ of the tasks that the batch has, with this step in the floors. Pure: only `observe` remembers. */
  loss(inputs: NgerInputs): tf.Scalar;
  /**
   * w of the last observed step, [T]; equal weights before the first. The caller owns it. A task that this step did not
   * have keeps the weight that the loss would give it now, or 0 if no step has had it.
   */
  weights(): tf.Tensor1D;
}

const tasksRule: Rule = {
  ...integer(1),
  expected: 'to be the number of tasks, an integer ≥ 1, as in nger({ tasks: 2 })',
};

const termRules = { ...weightRules, ...excessRules, tasks: tasksRule };

/**
 * NGER, noise-gated excess risk: weights the tasks of one network so that noisy targets in one task do not hurt the
 * others.
 *
 *     w = total · softmaxₜ( log(rₜ + ε) − γ log(κₜ + ε) ),   L = Σ sg(wₜ) ℓₜ
 *
 * κ are the proxies, see `ntkProxies`. `floor` chooses the estimate of the excess r:
 *
 * - `'ema-min'`: the span between the averages of the loss and their lowest value, so that a task that improves on every
 *   step has an excess too;
 * - `'window-min'`: ℓ above the minimum of the last `window` losses, as in toploss 0.1.0. A task that improves on every
 *   step has no excess, and its weight collapses;
 * - `'taylor'`: κ/√(Σκ + 1e-7), after ExcessMTL. With γ = 0 it decides alone;
 * - numbers: ℓ above known floors.
 *
 * A task that the batch does not have is `null` in `taskLosses` and in `ntkProxies`. A task whose loss or proxy is exactly
 * 0 counts as such a task too. It takes no part in the loss, and its memory stays as it is. In the softmax it keeps the
 * score of its last step, so that the others keep their weights; before its first step its weight is 0. If every task is
 * 0, the loss and its gradient are 0.
 *
 * `loss` is pure. `observe` advances the memory; as a term of `trainStep` it gets what `forward` returned. Neither waits
 * for the device.
 *
 * @throws When the numbers of tasks differ from `tasks`, every task is `null`, one is `null` in one of the two only, or a
 *   loss or a proxy is not finite. The values of tensors are checked on cpu and wasm only, and nothing of the step is then
 *   remembered. On other devices the tasks concerned keep their memory.
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
  const kind = kindOf(options);
  const { tasks, excess } = kind;
  const memory = new Memory();
  const after = (step: TaskStep) => advanced(memory.tensors, step, excess, options);
  const { total = 1 } = options;
  /** A step with all tasks, and the memory after it. */
  const inLoop = (inputs: NgerInputs) => {
    check.object('inputs', inputs);
    const step = excess.shares && hostStep(inputs, tasks);
    return step && { ...step, next: advancedLoop(memory.tensors, step, excess.shares, options) };
  };

  return {
    name: 'nger',
    loss: (inputs) => {
      const found = inLoop(inputs);
      if (found !== undefined) {
        return weightedLoop(inputs.taskLosses as TaskTensors, found.losses, found.next.weights);
      }
      return tf.tidy(() => {
        const step = taskStep(inputs, tasks);
        return weightedSum(step.losses, () => ofTasks(step.present, after(step).weights, 0));
      });
    },
    weights: () => {
      const { weights } = memory.tensors;
      return weights
        ? tf.clone(weights as tf.Tensor1D)
        : tf.fill([tasks], total / tasks, 'float32');
    },
    observe: (inputs) => {
      const found = inLoop(inputs);
      if (found !== undefined) {
        return remember(memory, found.next);
      }
      const next = tf.tidy(() => after(taskStep(inputs, tasks)));
      memory.replace(next, memory.steps + 1);
    },
    getState: () => savedState(memory, kind),
    setState: (state) => restore(memory, state, kind),
    dispose: () => memory.dispose(),
  };
}

function remember(memory: Memory, next: HostMemory): void {
  if (wroteInPlace(memory.tensors, next)) {
    memory.count();
    return;
  }
  const tensors = Object.entries(next).map(([name, x]) => [name, tensorOf(x, [x.length])]);
  memory.replace(Object.fromEntries(tensors), memory.steps + 1);
}

function kindOf(options: NgerTermOptions): Kind {
  const given = options ?? {}; // without any, the error names what is needed
  check.options(given, termRules);
  const { tasks, floor = 'ema-min', window = 200 } = given;
  check.argument('tasks', tasks, tasksRule);
  const excess = excessOf(floor, window, tasks);
  return { tasks, floor: typeof floor === 'string' ? floor : 'given', excess };
}
