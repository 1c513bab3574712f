import type * as tf from '@tensorflow/tfjs-core';
import type { Checks } from '../kit/check.js';

/**
 * The variables that the loss reached, in the order of `params` or of registration, and their gradients. Lists, because
 * objects are slow with the names of tfjs, '0', '1', …
 */
export interface Gradients {
  readonly variables: readonly tf.Variable[];
  readonly tensors: readonly tf.Tensor[];
}

/** The gradients as terms read them. */
export const named = ({ variables, tensors }: Gradients): tf.NamedTensorMap =>
  Object.fromEntries(variables.map(({ name }, k) => [name, tensors[k]!]));

export const byName = (variables: readonly tf.Variable[]): Record<string, tf.Variable> =>
  Object.fromEntries(variables.map((variable) => [variable.name, variable]));

/** Throws unless `value` has a tensor for each of the variables, of its shape and under its name, and no other. */
export function tensorsOf(
  check: Checks,
  argument: string,
  value: tf.NamedTensorMap,
  variables: readonly tf.Variable[],
): tf.Tensor[] {
  check.tensors(argument, value, byName(variables));
  return variables.map(({ name }) => value[name]!);
}
