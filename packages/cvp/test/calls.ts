import * as tf from '@tensorflow/tfjs-core';
import type { Decoupled } from '@toploss/core';
import { applyCvp, type CvpInputs, cvp, cvpPenalty } from '@toploss/cvp';
import {
  call,
  type Drawn,
  documented,
  fc,
  floats,
  type Magnitude,
  made,
  madeByName,
  nonNegative,
  options,
  type PenaltyRecipe,
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

const pairs = (shapes: fc.Arbitrary<number[]>, among?: readonly Magnitude[]) =>
  fc.array(
    shapes.chain((shape) => fc.record({ theta: floats(shape, among), grad: floats(shape, among) })),
    { minLength: 1, maxLength: 3 },
  );

export const decayRecipe: fc.Arbitrary<DecayRecipe> = fc.record({
  pairs: pairs(shape(0, 3, 0)),
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

const map = (x: unknown) => x as tf.NamedTensorMap;

export const penalties: PenaltyRecipe<DecayRecipe, CvpInputs>[] = [
  {
    name: 'cvp',
    make: cvp,
    drawn: decayRecipe,
    ordinary: pairs(shape(2, 2), ['unit']).map((pairs) => ({
      ...{ pairs, all: false },
      options: { beta: 3 },
    })),
    inputs: maps,
    options: gateOptions,
    by: ({ params }) => Object.values(map(params)),
    at: (inputs, moved) => ({
      ...inputs,
      params: Object.fromEntries(moved.map((x, k) => [`w${k}`, x])),
    }),
    // ½ Σ a θ², the gate a where it was
    held: ({ params }, origin) =>
      tf.addN(
        Object.entries(map(params)).map(([name, x]) => {
          const product = tf.mul(
            map(origin.params)[name] as tf.Tensor,
            map(origin.grads)[name] as tf.Tensor,
          );
          const scale = tf.sqrt(tf.mean(tf.square(product)));
          const gate = tf.sigmoid(tf.mul(3, tf.div(product, scale)));
          return tf.mul(0.5, tf.sum(tf.mul(gate, tf.square(x))));
        }),
      ) as tf.Scalar,
  },
];

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
