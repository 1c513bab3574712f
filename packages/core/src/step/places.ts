import * as tf from '@tensorflow/tfjs-core';
import type { Checks } from '../kit/check.js';

/**
 * The variables of an optimizer by name, in a fixed order. tfjs optimizers store their averages by position, so a
 * variable always keeps its place, with or without a gradient.
 */
export type Places = ReadonlyMap<string, tf.Variable>;

export const placesOf = (variables: readonly tf.Variable[]): Places =>
  new Map(variables.map((variable) => [variable.name, variable]));

/** Appends the variables that the loss reaches for the first time. */
export function withReached(check: Checks, places: Places, grads: tf.NamedTensorMap): Places {
  const { registeredVariables } = tf.engine();
  const all = new Map(places);
  for (const name of Object.keys(grads)) {
    const variable = registeredVariables[name]!;
    const known = all.get(name);
    if (known !== undefined && known !== variable) {
      const expected = `to stay the same in all steps, but '${name}' is another variable: make a new step with trainStep()`;
      check.reject('params', expected, variable);
    }
    all.set(name, variable);
  }
  return all;
}

/** The variables that have a gradient. */
export const reachedOf = (
  variables: readonly tf.Variable[],
  grads: tf.NamedTensorMap,
): tf.Variable[] => variables.filter(({ name }) => Object.hasOwn(grads, name));
