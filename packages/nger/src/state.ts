import * as tf from '@tensorflow/tfjs-core';
import {
  checkArgument,
  checkFloats,
  checkFormat,
  checkObject,
  integer,
  type Memory,
  mapNamed,
  oneOf,
  reject,
} from '@toploss/core/kit';
import { NEVER, ofEveryTask } from './advance.js';
import type { Excess } from './excess.js';
import { where } from './vector.js';

/** What the weighting remembers, for `JSON.stringify`. Numbers of float32 pass through JSON bit for bit. */
export interface NgerState {
  readonly format: 'toploss/nger';
  readonly version: 2;
  /** What the floors are; 'given' for numbers. */
  readonly floor: string;
  readonly tasks: number;
  /** How many steps were observed. */
  readonly steps: number;
  /** Of the last observed step; empty before the first. */
  readonly weights: readonly number[];
  /**
   * By name, [T], or rows of [T] with the latest last; empty before the first step. Of a task that no step has had it
   * holds nothing that is read.
   */
  readonly memory: Readonly<Record<string, readonly number[] | readonly (readonly number[])[]>>;
}

const [format, version] = ['toploss/nger', 2] as const;

/** What a state has to be of. */
export interface Saved {
  readonly tasks: number;
  readonly floor: string;
  readonly rows: Excess['rows'];
}

/** The memory as it is saved. Reads the values from the device: not for within a step. */
export function savedState(
  { tensors, steps }: Memory,
  { tasks, floor }: Omit<Saved, 'rows'>,
): NgerState {
  const { weights, ...memory } = mapNamed(tensors, (x) => x.arraySync() as number[]);
  return { format, version, floor, tasks, steps, weights: weights ?? [], memory };
}

/** Puts all of the state into the memory or, if it throws, nothing of it. */
export function restore(memory: Memory, saved: unknown, expected: Saved): void {
  const state = checkedState(saved, expected);
  const rows = state.steps > 0 ? { ...state.memory, weights: state.weights } : {};
  const restored = Object.entries(rows).map(([name, values]) => [
    name,
    tf.tensor(values as number[] | number[][], undefined, 'float32'),
  ]);
  memory.replace(Object.fromEntries(restored), state.steps);
}

/**
 * The state as it is saved today. That of version 1, in which every step had every task, lacks the scores: a task has
 * weight 0 if the steps after it start without the task.
 *
 * @throws Unless it was saved, of that many tasks and those floors.
 */
function checkedState(state: unknown, expected: Saved): NgerState {
  const isOld = (state as Partial<Record<string, unknown>> | null | undefined)?.version === 1;
  const rows = isOld ? expected.rows : { ...expected.rows, ...ofEveryTask };
  checkState(state, { ...expected, rows }, isOld ? 1 : version);
  if (!isOld || state.steps === 0) {
    return state;
  }
  const { floor, tasks, steps, weights } = state;
  const ofAll = (x: number) => Array.from({ length: tasks }, () => x);
  const memory = { ...state.memory, score: ofAll(NEVER), known: ofAll(1) };
  return { format, version, floor, tasks, steps, weights, memory };
}

function checkState(state: unknown, expected: Saved, version: number): asserts state is NgerState {
  checkFormat(where, state, { format, version });
  const saved: Partial<Record<keyof NgerState, unknown>> = state;
  checkArgument(where, 'state.floor', saved.floor, oneOf(expected.floor));
  if (saved.tasks !== expected.tasks) {
    reject(where, 'state.tasks', `to be ${expected.tasks}`, saved.tasks);
  }
  checkArgument(where, 'state.steps', saved.steps, integer(0));
  const steps = saved.steps as number;
  checkFloats(where, 'state.weights', saved.weights, steps === 0 ? 0 : expected.tasks);

  const rows = steps === 0 ? {} : expected.rows;
  const names = Object.keys(rows);
  checkObject(where, 'state.memory', saved.memory);
  const memory = saved.memory as Record<string, unknown>;
  const foreign = Object.keys(memory).find((name) => !names.includes(name));
  if (foreign !== undefined) {
    const allowed = names.length > 0 ? `to have keys among ${names.join(', ')}` : 'to be empty';
    reject(where, 'state.memory', allowed, foreign);
  }
  for (const [name, count] of Object.entries(rows)) {
    const entry = Object.hasOwn(memory, name) ? memory[name] : undefined;
    checkRows(`state.memory.${name}`, entry, count(steps), expected.tasks);
  }
}

function checkRows(argument: string, rows: unknown, count: number, tasks: number): void {
  if (count === 0) {
    checkFloats(where, argument, rows, tasks);
    return;
  }
  if (!Array.isArray(rows) || rows.length !== count) {
    reject(where, argument, `to be an array of ${count}`, rows);
  }
  for (const [k, row] of rows.entries()) {
    checkFloats(where, `${argument}[${k}]`, row, tasks);
  }
}
