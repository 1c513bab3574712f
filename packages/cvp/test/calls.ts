import * as tf from '@tensorflow/tfjs-core';
import type { Decoupled } from '@toploss/core';
import { applyCvp, cvp, cvpPenalty } from '@toploss/cvp';
import {
  call,
  type Drawn,
  documented,
  fc,
  floats,
  made,
  madeByName,
  nonNegative,
  options,
  positive,
  shape,
} from '@toploss/testing/recipes';

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

export const gateOptions = ({ options, all }: DecayRecipe) => ({
  ...options,
  ...(all && { filter: () => true }),
});

const thetas = ({ pairs }: DecayRecipe) => pairs.map(({ theta }) => theta);
const grads = ({ pairs }: DecayRecipe) => pairs.map(({ grad }) => grad);
const maps = (of: DecayRecipe) => ({
  params: madeByName(thetas(of)),
  grads: madeByName(grads(of)),
});
const termOptions = options({ lambda: nonNegative });
const term = fc.tuple(decayRecipe, termOptions, fc.nat());

export const terms = { cvp: (lambda: number) => cvp({ lambda, beta: 3 }) };

export const calls = [
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
  call(
    'cvp, decouple',
    fc.tuple(floats([2, 3], ['moderate', 'ties']), fc.constantFrom(0, 0.01, 1)),
    ([w, lambda]) => [
      { lambda, decoupled: true },
      { w: made(w) },
      0.1,
      3,
      { w: tf.mul(0.5, made(w)) },
    ],
    (options, params, rate, step, updated) => {
      const decouple = cvp({ ...options, decoupled: true }).decouple as Decoupled['decouple'];
      const { value, params: moved } = decouple(params, rate, step)(updated);
      return [value, Object.values(moved)];
    },
  ),
];

export const defaults = [
  documented('cvpPenalty', decayRecipe, (of) => {
    const params = thetas(of).map((x) => made(x));
    const gradients = grads(of).map((x) => made(x));
    return {
      defaults: {
        ...{ beta: 50, gate: 'cautious', normalize: 'rms' },
        filter: (_: string, x: tf.Tensor) => x.rank >= 2,
      },
      options: gateOptions(of),
      run: (options: object) => cvpPenalty(params, gradients, options),
    };
  }),
];

export const tables = [[cvp, (options: object) => cvpPenalty([tf.ones([1, 2])], [null], options)]];
