import type * as tf from '@tensorflow/tfjs-core';
import { applyCvp, cvp, cvpPenalty } from '@toploss/cvp';
import fc from 'fast-check';
import { call } from '../call.js';
import { nonNegative, positive } from '../numbers.js';
import { type Drawn, floats, made, options, shape } from '../tensors.js';

export interface GateRecipe {
  readonly beta?: number;
  readonly gate?: 'cautious' | 'expansion';
  readonly normalize?: 'rms' | 'none';
}

export interface DecayRecipe {
  readonly pairs: readonly { readonly theta: Drawn; readonly grad: Drawn }[];
  readonly options: GateRecipe;
  /** Whether everything is decayed, biases too. */
  readonly all: boolean;
}

const pairOf = shape(0, 3, 0).chain((shape) =>
  fc.record({ theta: floats(shape), grad: floats(shape) }),
);

export const decayRecipe: fc.Arbitrary<DecayRecipe> = fc.record({
  pairs: fc.array(pairOf, { minLength: 1, maxLength: 3 }),
  options: options<GateRecipe>({
    beta: fc.oneof(fc.constantFrom(50, 1, Number.POSITIVE_INFINITY), positive),
    gate: fc.constantFrom('cautious', 'expansion'),
    normalize: fc.constantFrom('rms', 'none'),
  }),
  all: fc.boolean(),
});

/** By names w0, w1, … */
export const named = (drawn: readonly Drawn[]): tf.NamedTensorMap =>
  Object.fromEntries(drawn.map((x, k) => [`w${k}`, made(x)]));

export const gateOptions = ({ options, all }: DecayRecipe) => ({
  ...options,
  ...(all && { filter: () => true }),
});

const thetas = ({ pairs }: DecayRecipe) => pairs.map(({ theta }) => theta);
const grads = ({ pairs }: DecayRecipe) => pairs.map(({ grad }) => grad);
const maps = (of: DecayRecipe) => ({ params: named(thetas(of)), grads: named(grads(of)) });
const termOptions = options({ lambda: nonNegative });
const term = fc.tuple(decayRecipe, termOptions, fc.nat());

export const cvpCalls = [
  call(
    'cvpPenalty',
    decayRecipe,
    (of) => [thetas(of).map((x) => made(x)), grads(of).map((x) => made(x)), gateOptions(of)],
    cvpPenalty,
  ),
  call(
    'applyCvp',
    fc.tuple(decayRecipe, termOptions),
    ([of, lambda]) => [maps(of).grads, maps(of).params, { ...gateOptions(of), ...lambda }],
    applyCvp,
  ),
  call(
    'cvp',
    term,
    ([of, lambda, step]) => [{ ...gateOptions(of), ...lambda }, maps(of), step],
    (options, inputs, step) => cvp(options).penalty(inputs, step),
  ),
  call(
    'cvp, correct',
    term,
    ([of, lambda, step]) => [
      { ...gateOptions(of), ...lambda },
      maps(of).grads,
      maps(of).params,
      step,
    ],
    (options, grads, params, step) => cvp(options).correct(grads, params, step),
  ),
];
