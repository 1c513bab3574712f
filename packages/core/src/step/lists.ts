import type * as tf from '@tensorflow/tfjs-core';
import type { Gradients } from './gradients.js';

/** Corrected gradients, in the order of the variables; and λΦ if the correction has a value. All tensors are new. */
export interface CorrectedLists {
  readonly tensors: readonly tf.Tensor[];
  readonly value?: tf.Scalar;
}

/** A correction by lists. `undefined` if this step needs the correction by names. */
export type CorrectLists = (gradients: Gradients, step: number) => CorrectedLists | undefined;

const lists = new WeakMap<object, CorrectLists>();

/**
 * `correct` or `valueAndCorrect`, for which `trainStep` calls `byLists`: it does the same, but makes no object of names.
 * In a small network, these objects cost several percent of a step. A function that a user puts instead of
 * `correct` is called as it is.
 */
export function withLists<Correct extends object>(
  correct: Correct,
  byLists: CorrectLists,
): Correct {
  lists.set(correct, byLists);
  return correct;
}

export const listsOf = (correct: object): CorrectLists | undefined => lists.get(correct);
