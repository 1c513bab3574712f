import * as tf from '@tensorflow/tfjs-core';
import { checkFloats, checkSaved, type Memory, mapNamed, oneOf } from '@toploss/core/kit';
import { type Excess, type TaskHistory, waiting } from './excess.js';
import { type NgerOptions, scoresOf, softmaxOf } from './formula.js';
import { check, seenNonzero, type TaskStep } from './inputs.js';
import { LEAST } from './loop.js';

/**
 * The memory of every task, for all floors. `score` is log(rₜ + ε) − γ log(κₜ + ε) of the last step that had the task, so
 * that its absence changes no other weight. `known` is 1 once a step has had it.
 */
const shapesOfEveryTask = (tasks: number) => ({ score: [tasks], known: [tasks] });

/** The score of a task that no step has had, whose weight is 0. The maximum on WebGL is never below −1e20. */
const NEVER = Math.fround(-1e19);

/** The memory after a step, and the `weights` of that step. */
export function advanced(
  memory: TaskHistory,
  step: TaskStep,
  excess: Excess,
  options: NgerOptions,
): TaskHistory & { readonly weights: tf.Tensor1D } {
  const { score, known, ...floors } = {
    score: tf.fill(step.losses.shape, NEVER, 'float32'),
    known: tf.zerosLike(step.losses),
    ...memory,
  };
  const isKnown = seenNonzero(known) ? undefined : tf.greater<tf.Tensor1D>(known, 0);
  const next = excess.next(floors, { ...step, known: isKnown });
  const own = waiting({ score, known }, step, {
    score: tf.maximum(scoresOf(excess.of(next, step), step.proxies, options), LEAST),
    known: tf.onesLike(known),
  });
  return { ...next, ...own, weights: softmaxOf(own.score as tf.Tensor1D, options) };
}

/** The memory of the weighting, for `JSON.stringify`. Numbers of float32 pass through JSON bit for bit. */
export interface NgerState {
  readonly format: 'toploss/nger';
  readonly version: 2;
  /** The kind of floors; 'given' for numbers. */
  readonly floor: string;
  readonly tasks: number;
  /** How many steps were observed. */
  readonly steps: number;
  /** The weights of the last observed step; empty before the first. */
  readonly weights: readonly number[];
  /**
   * By name, [T], or rows of [T] with the latest last; empty before the first step. The entries of a task that no step has
   * had are not read.
   */
  readonly memory: Readonly<Record<string, readonly number[] | readonly (readonly number[])[]>>;
}

const [format, version] = ['toploss/nger', 2] as const;

/** The weighting that a state must belong to. */
export interface Kind {
  readonly tasks: number;
  readonly floor: string;
  readonly excess: Excess;
}

/** The memory as it is saved. Reads the values from the device: not for within a step. */
export function savedState({ tensors, steps }: Memory, { tasks, floor }: Kind): NgerState {
  const { weights = [], ...memory } = mapNamed(tensors, (x) => x.arraySync() as number[]);
  return { format, version, floor, tasks, steps, weights, memory };
}

/**
 * Puts the whole state into the memory, or throws and changes nothing.
 *
 * Version 1, in which every step had every task, lacks the scores: a task has weight 0 if the steps after it start
 * without the task.
 */
export function restore(memory: Memory, state: unknown, kind: Kind): void {
  const isOld = (state as Partial<Record<string, unknown>> | null | undefined)?.version === 1;
  checkState(state, kind, isOld ? 1 : version);
  const ofAll = (x: number) => Array<number>(kind.tasks).fill(x);
  const values = state.steps > 0 && {
    ...state.memory,
    ...(isOld && { score: ofAll(NEVER), known: ofAll(1) }),
    weights: state.weights,
  };
  const tensors = Object.entries(values || {}).map(([name, values]) => [
    name,
    tf.tensor(values as number[] | number[][], undefined, 'float32'),
  ]);
  memory.replace(Object.fromEntries(tensors), state.steps);
}

function checkState(
  state: unknown,
  { tasks, floor, excess }: Kind,
  version: number,
): asserts state is NgerState {
  checkSaved(check, state, { format, version });
  const { steps, ...saved }: Partial<Record<string, unknown>> & { steps: number } = state;
  check.argument('state.floor', saved.floor, oneOf(floor));
  if (saved.tasks !== tasks) {
    check.reject('state.tasks', `to be ${tasks}`, saved.tasks);
  }
  checkFloats(check, 'state.weights', saved.weights, [steps === 0 ? 0 : tasks]);
  check.object('state.memory', saved.memory);
  const shapes: Readonly<Record<string, readonly number[]>> =
    steps === 0
      ? {}
      : { ...excess.shapes(tasks, steps), ...(version > 1 && shapesOfEveryTask(tasks)) };
  check.keys('state.memory', saved.memory, shapes);
  const memory = new Map(Object.entries(saved.memory));
  for (const [name, shape] of Object.entries(shapes)) {
    checkFloats(check, `state.memory.${name}`, memory.get(name), shape);
  }
}
