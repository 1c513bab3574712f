import * as tf from '@tensorflow/tfjs-core';
import {
  checkTensor,
  hostValues,
  number,
  reject,
  rejectNotFinite,
  tensor,
} from '@toploss/core/kit';

export const where = 'nger';

/** Nearly the largest float32: the difference of two numbers may be infinite, and ∞ − ∞ is NaN. */
export const LARGEST = 3.4e38;

/** One number for each task: a tensor [T], or an array of T scalars or numbers, or of what stands for no number. */
export type PerTask<None = never> = tf.Tensor | readonly (tf.Tensor | number | None)[];

/** What the entries have to be; those of tensors are seen on cpu and wasm only, as a device would have to be waited for. */
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
    reject(where, argument, 'to hold at least one task', values);
  }
  const entries = Array.from(hostValues(tensor) ?? (Array.isArray(values) ? values : []));
  const bad = entries.findIndex((x) => typeof x === 'number' && !rule.allows(x));
  if (bad >= 0) {
    const refuse: typeof reject = Number.isFinite(entries[bad]) ? reject : rejectNotFinite;
    refuse(where, `${argument}[${bad}]`, rule.expected, entries[bad]);
  }
  return tensor;
}

/** Throws where a task is neither there nor `null`: `labels.b && loss(…)` is `undefined` or `false`. */
export function checkEntries(argument: string, tasks: readonly unknown[]): void {
  for (const [task, entry] of tasks.entries()) {
    if (entry !== null && typeof entry !== 'number' && !tensor.allows(entry)) {
      const expected = 'to be a scalar, or null where the batch does not have the task';
      reject(where, `${argument}[${task}]`, expected, entry);
    }
  }
}

function given(argument: string, values: unknown, tasks: number | string): tf.Tensor1D {
  checkTensor(where, argument, values, [tasks]);
  const tensor = values as tf.Tensor1D;
  return tensor.dtype === 'float32' ? tensor : tf.cast(tensor, 'float32');
}

function stacked(argument: string, array: unknown[], tasks: number | string): tf.Tensor1D {
  const values = Array.from(array); // a hole is no number either
  if (typeof tasks === 'number' && values.length !== tasks) {
    reject(where, argument, `of length ${tasks}`, values);
  }
  if (values.every((value) => typeof value === 'number')) {
    return tf.tensor1d(values);
  }
  const scalars = values.map((value, k) => {
    if (typeof value === 'number') {
      return tf.scalar(value);
    }
    checkTensor(where, `${argument}[${k}]`, value, []);
    return tf.cast<tf.Scalar>(value as tf.Scalar, 'float32');
  });
  return tf.stack(scalars) as tf.Tensor1D;
}
