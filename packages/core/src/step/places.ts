import * as tf from '@tensorflow/tfjs-core';
import type { Checks } from '../kit/check.js';

/**
 * The variables of an optimizer by name, in their order. tfjs' optimizers keep their averages by position: a
 * variable keeps its place for good, with or without a gradient.
 */
export type Places = ReadonlyMap<string, tf.Variable>;

export const placesOf = (variables: readonly tf.Variable[]): Places =>
  new Map(variables.map((variable) => [variable.name, variable]));

/** The places, and behind them those of the variables that the loss reaches for the first time. */
export function withReached(check: Checks, places: Places, grads: tf.NamedTensorMap): Places {
  const { registeredVariables } = tf.engine();
  const all = new Map(places);
  for (const name of Object.keys(grads)) {
    const variable = registeredVariables[name]!;
    const known = all.get(name);
    if (known !== undefined && known !== variable) {
      const expected = `to stay those of the steps before, and '${name}' is another variable: make a new step for it`;
      check.reject('params', expected, variable);
    }
    all.set(name, variable);
  }
  return all;
}

/** Those of the variables that have a gradient. */
export const reachedOf = (
  variables: readonly tf.Variable[],
  grads: tf.NamedTensorMap,
): tf.Variable[] => variables.filter(({ name }) => Object.hasOwn(grads, name));
