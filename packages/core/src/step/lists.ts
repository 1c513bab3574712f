import type * as tf from '@tensorflow/tfjs-core';
import type { Gradients } from './gradients.js';

/** Corrected gradients, in the order of the variables; and λΦ if the correction has a value. All tensors are new. */
export interface CorrectedLists {
  readonly tensors: readonly tf.Tensor[];
  readonly value?: tf.Scalar;
}

/** A correction by lists. `undefined` if this step needs the correction by names. */
export type CorrectLists = (gradients: Gradients, step: number) => CorrectedLists | undefined;

/** `observe` by lists. Returns whether it did: `false` if this step needs `observe` by names. */
export type ObserveLists = (gradients: Gradients) => boolean;

const lists = new WeakMap<object, CorrectLists | ObserveLists>();

/**
 * A method of a correction, for which `trainStep` calls `byLists`: it does the same, but makes no object of names.
 * In a small network, these objects cost several percent of a step. A function that a user puts instead of the method is
 * called as it is.
 *
 * @param method `correct`, `valueAndCorrect`, or `observe` with its own type of `byLists`.
 */
export function withLists<Observe extends (grads: tf.NamedTensorMap) => void>(
  method: Observe,
  byLists: ObserveLists,
): Observe;
export function withLists<Correct extends object>(method: Correct, byLists: CorrectLists): Correct;
export function withLists<Method extends object>(
  method: Method,
  byLists: CorrectLists | ObserveLists,
): Method {
  lists.set(method, byLists);
  return method;
}

export const listsOf = <ByLists extends CorrectLists | ObserveLists>(
  method: object,
): ByLists | undefined => lists.get(method) as ByLists | undefined;
