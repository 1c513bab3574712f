import type * as tf from '@tensorflow/tfjs-core';
import { check } from './check.js';

/**
 * The variables of an optimizer by name, in a fixed order. tfjs optimizers store their averages by position, so a
 * variable always keeps its place, with or without a gradient.
 */
export type Places = Map<string, tf.Variable>;

/** Appends the variables that are new. */
export function addPlaces(places: Places, variables: readonly tf.Variable[]): void {
  for (const variable of variables) {
    const { name } = variable;
    const known = places.get(name);
    if (known !== undefined && known !== variable) {
      const expected = `to stay the same in all steps, but '${name}' is another variable: make a new step with trainStep()`;
      check.reject('params', expected, variable);
    }
    places.set(name, variable);
  }
}
