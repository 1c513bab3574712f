import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import type { PenaltySubject, PenaltyTerm } from '../contract/penalty.js';
import { type Call, call } from './call.js';
import { nonNegative } from './numbers.js';
import { options } from './tensors.js';

/** A penalty as a term: what the contract and the laws have to know of it. */
export interface PenaltyRecipe<Recipe, Inputs extends object> {
  readonly name: string;
  /** What its errors begin with; default its name. */
  readonly where?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the laws call it with wrong options too
  make(options: any): PenaltyTerm<Inputs>;
  /** Everything that it may be called with, for the laws. */
  readonly drawn: fc.Arbitrary<Recipe>;
  /** The same of numbers that differences can follow, `unit`, for the contract. */
  readonly ordinary: fc.Arbitrary<Recipe>;
  inputs(recipe: Recipe): Inputs;
  /** Those that are drawn, beside λ. */
  options?(recipe: Recipe): object;
  /** The inputs that get a gradient, all of them tensors; or such tensors within inputs, and `at`. */
  readonly by: readonly (keyof Inputs & string)[] | ((inputs: Inputs) => tf.Tensor[]);
  /** The inputs with other tensors instead of those of `by`. */
  at?(inputs: Inputs, moved: tf.Tensor[], recipe: Recipe): Inputs;
  /** Φ at `moved` with everything that the gradient stops at held as at `origin`. */
  held?(moved: Inputs, origin: Inputs): tf.Scalar;
  /** Inputs that may be left out. */
  readonly optional?: readonly (keyof Inputs)[];
}

/** The term of a step, for the laws. */
export const callOf = <Recipe, Inputs extends object>({
  name,
  make,
  drawn,
  inputs,
  options: own = () => ({}),
}: PenaltyRecipe<Recipe, Inputs>): Call =>
  call(
    name,
    fc.tuple(drawn, options({ lambda: nonNegative }), fc.nat()),
    ([of, lambda, step]) => [{ ...own(of), ...lambda }, inputs(of), step],
    (options, inputs, step) => make(options).penalty(inputs, step),
  );

/** What `penaltyContract` takes: the first ordinary case that shows something. */
export function subjectOf<Recipe, Inputs extends object>(
  recipe: PenaltyRecipe<Recipe, Inputs>,
): PenaltySubject<Inputs> {
  const { name, make, by, options = () => ({}) } = recipe;
  const tensorsOf =
    typeof by === 'function'
      ? by
      : (inputs: Inputs) => by.map((key) => inputs[key] as unknown as tf.Tensor);
  const movedTo = (inputs: Inputs, moved: tf.Tensor[], drawn: Recipe): Inputs =>
    recipe.at?.(inputs, moved, drawn) ??
    ({
      ...inputs,
      ...Object.fromEntries((by as readonly string[]).map((key, k) => [key, moved[k]])),
    } as Inputs);

  const isTelling = (drawn: Recipe): boolean =>
    tf.tidy(() => {
      const inputs = recipe.inputs(drawn);
      const term = make({ ...options(drawn), lambda: 1 });
      const phi = (...moved: tf.Tensor[]) =>
        term.penalty(movedTo(inputs, moved, drawn)) as tf.Tensor;
      const { value, grads } = tf.valueAndGrads(phi)(tensorsOf(inputs));
      return [value, ...grads].every((x) => (tf.max(tf.abs(x)).dataSync()[0] as number) > 1e-3);
    });

  let found: Recipe | undefined;
  const given = (): Recipe => {
    found ??= fc.sample(recipe.ordinary, { seed: 1, numRuns: 100 }).find(isTelling);
    if (found === undefined) {
      throw new Error(`${name}: of all ordinary inputs Φ or one of its gradients is 0.`);
    }
    return found;
  };
  return {
    name,
    ...(recipe.where && { where: recipe.where }),
    ...(recipe.held && { held: recipe.held }),
    ...(recipe.optional && { optional: recipe.optional }),
    make: (lambda) => make({ ...options(given()), lambda }),
    configure: (options) => make(options),
    inputs: () => recipe.inputs(given()),
    by: tensorsOf,
    at: (inputs, moved) => movedTo(inputs, moved, given()),
  };
}
