import type * as tf from '@tensorflow/tfjs-core';
import type { Regularizer } from '../term.js';
import { Checks, type Rule, weight } from './check.js';
import { type Weight, weightAt, weighted } from './weight.js';

/** λ at a step. */
export interface WeightedStep {
  readonly step: number;
  readonly weight: number;
}

export interface PenaltyParts<Inputs, Formula, Name extends string> {
  readonly name: Name;
  /** The default λ. */
  readonly lambda: number;
  /** The rules of all options except λ. */
  readonly rules?: Readonly<Record<string, Rule>>;
  /** Φ of these inputs, and the tensors to differentiate Φ by. Φ is evaluated at λ = 0 too. */
  of(
    inputs: Inputs,
    formula: Formula,
    at: WeightedStep,
  ): { by: readonly tf.Tensor[]; phi: () => tf.Scalar };
}

/**
 * Makes λΦ a term for `trainStep` and `composite`. Checks options and inputs, and reads the schedule of λ.
 *
 * @example
 * const squares = (options = {}) =>
 *   penaltyOf(options, {
 *     name: 'squares',
 *     lambda: 1e-2,
 *     of: ({ logits }) => ({ by: [logits], phi: () => tf.sum(tf.square(logits)) }),
 *   });
 */
export function penaltyOf<
  Inputs,
  Options extends { readonly lambda?: Weight },
  const Name extends string,
>(
  options: Options,
  { name, lambda: byDefault, rules, of }: PenaltyParts<Inputs, Omit<Options, 'lambda'>, Name>,
): Regularizer<Inputs> & { readonly name: Name } {
  const check: Checks = new Checks(name);
  check.options(options, { lambda: weight, ...rules });
  const { lambda = byDefault, ...formula } = options;
  return {
    name,
    penalty: (inputs, step = 0) => {
      check.object('inputs', inputs);
      const weight = weightAt(name, lambda, step);
      const { by, phi } = of(inputs, formula, { step, weight });
      return weighted(name, weight, step, by, phi);
    },
  };
}
