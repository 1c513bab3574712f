import * as tf from '@tensorflow/tfjs-core';
import { checkObject, finiteEntries, hostView, reject } from '@toploss/core/kit';
import { checkEntries, finiteNonNegative, type PerTask, vector, where } from './vector.js';

export interface NgerInputs {
  /** ℓ: [T], or T scalars; `null` for a task that the batch does not have. */
  taskLosses: PerTask<null>;
  /**
   * κ: [T], or T scalars or numbers, see `lossesAndProxies` and `ntkProxies`; `null` where the loss is. In a tensor
   * that entry is not read.
   */
  ntkProxies: PerTask<null>;
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

/** Some of the tasks, bool [T]; nothing where it is seen that they are all, which spares the operations. */
export type Tasks = tf.Tensor1D | undefined;

/** x of these tasks, and y of the others. */
export const ofTasks = <X extends tf.Tensor>(tasks: Tasks, x: X, y: tf.Tensor | number): X =>
  tasks === undefined ? x : (tf.where(tasks, x, y) as X);

/** Whether the values can be seen, and none is 0. */
export const seenNonzero = (x: tf.Tensor): boolean =>
  hostView(x)?.every((value: number) => value !== 0) === true;

/** Throws unless the inputs are of so many tasks, at least one of which the batch has. */
export function taskStep(inputs: unknown, tasks: number): TaskStep {
  checkObject(where, 'inputs', inputs);
  const { taskLosses, ntkProxies } = inputs as NgerInputs;
  for (const [argument, values] of Object.entries({ taskLosses, ntkProxies })) {
    if (Array.isArray(values)) {
      checkEntries(argument, values);
    }
  }
  const absent = checkAbsent(taskLosses, ntkProxies);
  const losses = vector('taskLosses', withZeros(taskLosses, absent), tasks);
  const proxies = vector('ntkProxies', withZeros(ntkProxies, absent), tasks, finiteNonNegative);
  if (seenNonzero(losses) && seenNonzero(proxies)) {
    return { losses, proxies, present: undefined, remembered: undefined };
  }
  const present = tf.logicalAnd<tf.Tensor1D>(tf.notEqual(losses, 0), tf.notEqual(proxies, 0));
  const finite = tf.logicalAnd(finiteEntries(losses), finiteEntries(proxies));
  return { losses, proxies, present, remembered: tf.logicalAnd(present, finite) };
}

/** The tasks that are `null`: in both, or in the losses beside a tensor of proxies, which cannot hold one. */
function checkAbsent(taskLosses: unknown, ntkProxies: unknown): ReadonlySet<number> {
  const absent = nullsOf(taskLosses);
  if (absent.size > 0 && absent.size === (taskLosses as unknown[]).length) {
    const expected = 'to hold a task that is not null; skip the step of a batch that has none';
    reject(where, 'taskLosses', expected, taskLosses);
  }
  if (Array.isArray(ntkProxies)) {
    checkNulls('ntkProxies', ntkProxies, absent);
    checkNulls('taskLosses', taskLosses, nullsOf(ntkProxies));
  }
  return absent;
}

function checkNulls(argument: string, values: unknown, absent: ReadonlySet<number>): void {
  const array = Array.isArray(values) ? values : [];
  for (const task of absent) {
    if (array[task] !== null) {
      const expected = 'to be null too, as the batch does not have that task';
      reject(where, `${argument}[${task}]`, expected, array[task] ?? values);
    }
  }
}

const nullsOf = (values: unknown): ReadonlySet<number> =>
  new Set(
    Array.isArray(values) ? values.flatMap((value, task) => (value === null ? [task] : [])) : [],
  );

const withZeros = (values: unknown, absent: ReadonlySet<number>): unknown =>
  Array.isArray(values) && absent.size > 0
    ? values.map((value, task) => (absent.has(task) ? 0 : value))
    : values;
