import type * as tf from '@tensorflow/tfjs-core';
import { Checks, oneOf, type Rule } from './check.js';

/** How logits predict: one class of several, independent labels, or values. */
export type Head = 'softmax' | 'sigmoid' | 'linear';

export const headRule: Rule = /* @__PURE__ */ oneOf('softmax', 'sigmoid', 'linear');

const meanings =
  '"softmax" for one class of several, "sigmoid" for labels that are each true or false, "linear" for values';

/**
 * The head that a term uses.
 *
 * @param model The head read from the model: `null` if its activation and loss don't determine one, `undefined` in your
 *   own training loop, without a model.
 * @param option The head that the user set. If both are given, they must agree.
 */
export function headOf(
  where: string,
  model: Head | null | undefined,
  option: Head | undefined,
): Head {
  const check: Checks = new Checks(where);
  if (model === undefined) {
    return option ?? 'softmax';
  }
  if (model === null) {
    const expected = `as an option of the term, since the activation and the loss of the model do not determine the head: ${meanings}`;
    return option ?? check.reject('head', expected, option);
  }
  check.argument('head', model, headRule);
  if (option !== undefined && option !== model) {
    check.reject('head', `to be ${JSON.stringify(model)}, as the model has it`, option);
  }
  return model;
}

/** Throws for a softmax of one class, which is always 1. */
export function checkClasses(where: string, argument: string, logits: tf.Tensor, head: Head): void {
  if (head === 'softmax' && logits.shape.at(-1) === 1) {
    const expected =
      'to be of two classes or more for a softmax; for one output set `head` to "sigmoid" (a label) or "linear" (a value)';
    new Checks(where).reject(argument, expected, logits);
  }
}
