import * as tf from '@tensorflow/tfjs-core';
import {
  Checks,
  finiteEntries,
  hostView,
  number,
  rejectNotFinite,
  tensor,
} from '@toploss/core/kit';

export const check: Checks = new Checks('nger');

/** Nearly the largest float32: the difference of two numbers may be infinite, and ∞ − ∞ is NaN. */
export const LARGEST = 3.4e38;

/** One number for each task: a tensor [T], or an array of T scalars or numbers, or of what stands for no number. */
export type PerTask<None = never> = tf.Tensor | readonly (tf.Tensor | number | None)[];

export interface NgerInputs {
  /** ℓ: [T], or T scalars; `null` for a task that the batch does not have. */
  taskLosses: PerTask<null>;
  /**
   * κ: [T], or T scalars or numbers, see `lossesAndProxies` and `ntkProxies`; `null` where the loss is. In a tensor
   * that entry is not read.
   */
  ntkProxies: PerTask<null>;
}

/** The rule for the entries. The values of tensors are checked on cpu and wasm only: elsewhere that would wait for a device. */
const finite = number('finite', Number.isFinite);
export const finiteNonNegative = number('finite and ≥ 0', (x) => x >= 0 && Number.isFinite(x));

/**
 * As a tensor [T], differentiable in its entries.
 *
 * @param tasks T where it is known.
 */
export function vector(
  argument: string,
  values: unknown,
  tasks: number | string = 'T',
  rule = finite,
): tf.Tensor1D {
  const tensor = Array.isArray(values)
    ? stacked(argument, values, tasks)
    : given(argument, values, tasks);
  if (tensor.size === 0) {
    check.reject(argument, 'to hold at least one task', values);
  }
  const entries = Array.from(hostView(tensor) ?? (Array.isArray(values) ? values : []));
  const bad = entries.findIndex((x) => typeof x === 'number' && !rule.allows(x));
  if (bad >= 0 && !Number.isFinite(entries[bad])) {
    rejectNotFinite(check.where, `${argument}[${bad}]`, rule.expected, entries[bad]);
  }
  if (bad >= 0) {
    check.reject(`${argument}[${bad}]`, rule.expected, entries[bad]);
  }
  return tensor;
}

function given(argument: string, values: unknown, tasks: number | string): tf.Tensor1D {
  check.tensor(argument, values, [tasks]);
  const tensor = values as tf.Tensor1D;
  return tensor.dtype === 'float32' ? tensor : tf.cast(tensor, 'float32');
}

function stacked(argument: string, array: unknown[], tasks: number | string): tf.Tensor1D {
  const values = Array.from(array); // a hole is no number either
  if (typeof tasks === 'number' && values.length !== tasks) {
    check.reject(argument, `of length ${tasks}`, values);
  }
  if (values.every((value) => typeof value === 'number')) {
    return tf.tensor1d(values);
  }
  const scalars = values.map((value, k) => {
    if (typeof value === 'number') {
      return tf.scalar(value);
    }
    check.tensor(`${argument}[${k}]`, value, []);
    return tf.cast<tf.Scalar>(value as tf.Scalar, 'float32');
  });
  return tf.stack(scalars) as tf.Tensor1D;
}

/** The losses and the proxies of one step, [T] each; 0 for a task that was left out. */
export interface TaskStep {
  readonly losses: tf.Tensor1D;
  readonly proxies: tf.Tensor1D;
  /** Which tasks the batch has: neither their loss nor their proxy is 0. */
  readonly present: Tasks;
  /** Those of them that can be remembered: finite, which on a device nobody can look at without waiting. */
  readonly remembered: Tasks;
}

/** Some of the tasks, bool [T]; `undefined` if they are known to be all tasks, which saves the operations. */
export type Tasks = tf.Tensor1D | undefined;

/** x of these tasks, and y of the others. */
export const ofTasks = <X extends tf.Tensor>(tasks: Tasks, x: X, y: tf.Tensor | number): X =>
  tasks === undefined ? x : (tf.where(tasks, x, y) as X);

/** Whether the values can be seen, and none is 0. */
export const seenNonzero = (x: tf.Tensor): boolean =>
  hostView(x)?.every((value: number) => value !== 0) === true;

/** Throws unless the inputs are of so many tasks, at least one of which the batch has. */
export function taskStep({ taskLosses, ntkProxies }: NgerInputs, tasks: number): TaskStep {
  checkEntries('taskLosses', taskLosses);
  checkEntries('ntkProxies', ntkProxies);
  checkAbsent(taskLosses, ntkProxies);
  const losses = vector('taskLosses', withZeros(taskLosses), tasks);
  const proxies = vector('ntkProxies', withZeros(ntkProxies), tasks, finiteNonNegative);
  if (seenNonzero(losses) && seenNonzero(proxies)) {
    return { losses, proxies, present: undefined, remembered: undefined };
  }
  const present = tf.logicalAnd<tf.Tensor1D>(tf.notEqual(losses, 0), tf.notEqual(proxies, 0));
  const finite = tf.logicalAnd(finiteEntries(losses), finiteEntries(proxies));
  return { losses, proxies, present, remembered: tf.logicalAnd(present, finite) };
}

/** Throws where a task of an array is neither there nor `null`: `labels.b && loss(…)` is `undefined` or `false`. */
export function checkEntries(argument: string, tasks: unknown): void {
  for (const [task, entry] of Array.isArray(tasks) ? tasks.entries() : []) {
    if (entry !== null && typeof entry !== 'number' && !tensor.allows(entry)) {
      const expected = 'to be a scalar, or null where the batch does not have the task';
      check.reject(`${argument}[${task}]`, expected, entry);
    }
  }
}

/** A task is `null` in both; or in the losses alone, if the proxies are a tensor, which cannot hold `null`. */
function checkAbsent(taskLosses: unknown, ntkProxies: unknown): void {
  const absent = nullsOf(taskLosses);
  if (absent.length > 0 && absent.length === (taskLosses as unknown[]).length) {
    const expected = 'to hold a task that is not null; skip the step of a batch that has none';
    check.reject('taskLosses', expected, taskLosses);
  }
  if (Array.isArray(ntkProxies)) {
    checkNulls('ntkProxies', ntkProxies, absent);
    checkNulls('taskLosses', taskLosses, nullsOf(ntkProxies));
  }
}

function checkNulls(argument: string, values: unknown, absent: readonly number[]): void {
  const array = Array.isArray(values) ? values : [];
  const task = absent.find((task) => array[task] !== null);
  if (task !== undefined) {
    const expected = 'to be null too, as the batch does not have that task';
    check.reject(`${argument}[${task}]`, expected, array[task] ?? values);
  }
}

const nullsOf = (values: unknown): readonly number[] =>
  Array.isArray(values) ? values.flatMap((value, task) => (value === null ? [task] : [])) : [];

const withZeros = (values: unknown): unknown =>
  Array.isArray(values) ? values.map((value) => (value === null ? 0 : value)) : values;
