import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { Planted } from './judge.js';
import { type Drawn, made } from './tensors.js';

/** For the recipes of the packages, which depend on nothing else than what they are of. */
export { fc };

/** A public function, and everything that it may be called with. */
export interface Call {
  readonly name: string;
  /** Good arguments: tensors, variables, functions, options. Made in a scope that disposes of the tensors. */
  readonly args: fc.Arbitrary<() => unknown[]>;
  /** What it returns is the caller's; where it remembers something, it has checked that itself. */
  run(args: unknown[]): tf.TensorContainer;
  /** Whether it moves variables when it succeeds. */
  readonly moves?: boolean;
}

/** `args` of a plain recipe, which is what fast-check prints. */
export function call<Recipe>(
  name: string,
  recipe: fc.Arbitrary<Recipe>,
  args: (recipe: Recipe) => unknown[],
  // biome-ignore lint/suspicious/noExplicitAny: they are wrong on purpose as often as not
  run: (...args: any[]) => unknown,
  moves = false,
): Call {
  return {
    name,
    args: recipe.map((drawn) =>
      Object.assign(() => args(drawn), { toString: () => `${name}(${fc.stringify(drawn)})` }),
    ),
    run: (args) => run(...args) as tf.TensorContainer,
    moves,
  };
}

/** A function of the user: what it throws, of tfjs too, is the user's own. */
export const user =
  <Args extends unknown[], T>(f: (...args: Args) => T) =>
  (...args: Args): T => {
    try {
      return f(...args);
    } catch (error) {
      throw error instanceof Planted ? error : new Planted(String(error), { cause: error });
    }
  };

/** Of arguments that may have been spoiled: what is no list is taken for one of itself. */
export const listOf = (x: unknown): unknown[] => (Array.isArray(x) ? Array.from(x) : [x]);

let count = 0;

/** A variable of a name that no other has; the scope does not dispose of it. */
export function variable(drawn: Drawn, trainable = true): tf.Variable {
  count += 1;
  return tf.variable(made(drawn), trainable, `laws/${count}`);
}

/** Runs f in a scope, and disposes of the variables made in it too. */
export function inScope<T>(f: () => T): T {
  const before = new Set(Object.keys(tf.engine().registeredVariables));
  tf.engine().startScope();
  try {
    return f();
  } finally {
    tf.engine().endScope();
    for (const [name, own] of Object.entries(tf.engine().registeredVariables)) {
      if (!before.has(name)) {
        own.dispose();
      }
    }
  }
}

/** What several calls return, one after the other; what the first ones have returned is disposed of if a later one throws. */
export function several(...acts: (() => unknown)[]): tf.TensorContainer {
  const results: tf.TensorContainer[] = [];
  try {
    for (const act of acts) {
      results.push(act() as tf.TensorContainer);
    }
    return results;
  } catch (error) {
    tf.dispose(results);
    throw error;
  }
}

/** The same with what remembers something: whatever is refused leaves it as it was. */
export function remembering<Term extends { getState(): unknown; dispose(): void }>(
  term: Term,
  ...acts: ((term: Term) => unknown)[]
): tf.TensorContainer {
  const guarded = acts.map((act) => () => {
    const before = JSON.stringify(term.getState());
    try {
      return act(term);
    } catch (error) {
      if (JSON.stringify(term.getState()) !== before) {
        throw new Error('What was refused has changed the state.', { cause: error });
      }
      throw error;
    }
  });
  try {
    return several(...guarded);
  } finally {
    term.dispose();
  }
}
