import type * as tf from '@tensorflow/tfjs-core';
import { check } from './check.js';

/**
 * The variables of an optimizer by name, in a fixed order. tfjs optimizers store their averages by position, so a
 * variable always keeps its place, with or without a gradient.
 */
export type Places = Map<string, tf.Variable>;

export const placesOf = (variables: readonly tf.Variable[]): Places =>
  new Map(variables.map((variable) => [variable.name, variable]));

/** Appends the variables that the loss reaches for the first time. */
export function addReached(places: Places, reached: readonly tf.Variable[]): void {
  for (const variable of reached) {
    const { name } = variable;
    const known = places.get(name);
    if (known !== undefined && known !== variable) {
      const expected = `to stay the same in all steps, but '${name}' is another variable: make a new step with trainStep()`;
      check.reject('params', expected, variable);
    }
    places.set(name, variable);
  }
}
