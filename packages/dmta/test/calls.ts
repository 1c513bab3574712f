import * as tf from '@tensorflow/tfjs-core';
import { type Dmta, dmta, dmtaGradient, dmtaPenalty, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { normal } from '@toploss/testing';
import {
  areFinite,
  call,
  type Drawn,
  documented,
  fc,
  floats,
  listOf,
  type Model,
  made,
  madeByName,
  nonNegative,
  options,
  remembering,
  shape,
  size,
  user,
  variable,
} from '@toploss/testing/recipes';

export interface AngleRecipe {
  readonly grad: Drawn;
  readonly slow: Drawn;
  readonly options: { readonly eps?: number };
}

export const angleRecipe: fc.Arbitrary<AngleRecipe> = size(6).chain((n) =>
  fc.record({
    grad: floats([n]),
    slow: floats([n]),
    options: options<AngleRecipe['options']>({ eps: nonNegative }),
  }),
);

const mu = fc.oneof(
  fc.constantFrom(0, 0.5, 0.9, 0.9999),
  fc.double({ min: 0, max: 0.999, noNaN: true }),
);

export interface AverageRecipe {
  readonly steps: readonly (readonly Drawn[])[];
  readonly params: readonly Drawn[];
  readonly options: {
    readonly lambda?: number;
    readonly mu?: number;
    readonly alpha?: number;
    readonly start?: 'zero' | 'first';
  };
}

/** A few gradients of the same variables. */
export const averageRecipe: fc.Arbitrary<AverageRecipe> = fc
  .array(shape(0, 3, 0), { minLength: 1, maxLength: 2 })
  .chain((shapes) => {
    const tensors = fc.tuple(...shapes.map((shape) => floats(shape)));
    return fc.record({
      steps: fc.array(tensors, { minLength: 1, maxLength: 4 }),
      params: tensors,
      options: options<AverageRecipe['options']>({
        lambda: nonNegative,
        mu,
        alpha: nonNegative,
        start: fc.constantFrom('zero', 'first'),
      }),
    });
  });

/** A loss over a variable, and an average of its gradient. */
const lossRecipe = fc.record({ fanIn: size(3), fanOut: size(3) }).chain(({ fanIn, fanOut }) =>
  fc.record({
    w: floats([fanIn, fanOut], ['moderate', 'ties']),
    slow: floats([fanIn, fanOut]),
    options: options({
      eps: nonNegative,
      step: fc.constantFrom(1e-3, 1e-2),
      difference: fc.constantFrom('central', 'forward'),
    }),
  }),
);

const quartic = (w: tf.Tensor): tf.Scalar => tf.mean(tf.square(tf.square(tf.sub(w, 0.5))));

const averaged = (term: Dmta, steps: tf.NamedTensorMap[]) => {
  for (const step of steps) {
    term.observe(step);
  }
  return term;
};

export const terms = {
  dmta: (lambda: number, { params }: Model) => {
    const term = dmta({ lambda, alpha: 2, mu: 0.5 });
    term.observe(
      Object.fromEntries(params.map(({ name, shape }, k) => [name, normal(shape, 70 + k)])),
    );
    return term;
  },
};

export const calls = [
  call(
    'dmtaPenalty',
    angleRecipe,
    (of) => [made(of.grad), made(of.slow), { ...of.options }],
    dmtaPenalty,
  ),
  call(
    'dmtaGradient',
    lossRecipe,
    ({ w, slow, options }) => {
      const param = variable(w);
      return [user(() => quartic(param)), [param], { [param.name]: made(slow) }, { ...options }];
    },
    dmtaGradient,
  ),
  call(
    'dmta',
    averageRecipe,
    (of) => [{ ...of.options }, of.steps.map(madeByName), madeByName(of.params)],
    (options, steps, params) =>
      remembering(
        dmta(options),
        ...listOf(steps)
          .slice(1)
          .map((step) => (term: Dmta) => term.observe(step as tf.NamedTensorMap)),
        (term) => Object.values(term.correct(firstOf(steps), params)),
        (term) => Object.values(term.slow()),
        (term) => surrogateOf(term, firstOf(steps), params),
      ),
  ),
  call(
    'dmta, cosine',
    lossRecipe,
    ({ w, slow, options }) => {
      const param = variable(w);
      const loss = user(() => quartic(param));
      const params = { [param.name]: param };
      const { grads } = tf.variableGrads(loss, [param]);
      const settings = { mode: 'cosine', loss, mu: 0.5, ...options };
      return [settings, { [param.name]: made(slow) }, grads, params];
    },
    (options, slow, grads, params) =>
      remembering(
        dmta(options) as Dmta,
        (term) => term.observe(slow),
        (term) => Object.values(term.correct(grads, params)),
        (term) => term.penalty({ params, grads }),
      ),
  ),
  call(
    'dmta, setState',
    averageRecipe,
    (of) => {
      const term = averaged(dmta(of.options), of.steps.map(madeByName));
      const state = term.getState();
      term.dispose();
      return [state, { ...of.options }, madeByName(of.params)];
    },
    (state, options, grads) =>
      remembering(
        dmta(options),
        (term) => term.setState(state),
        (term) => Object.values(term.correct(grads, grads)),
        (term) => Object.values(term.slow()),
      ),
  ),
  call(
    'linearAlpha',
    fc.tuple(nonNegative, size(9)),
    ([alpha, steps]) => [{ alpha, steps }],
    (options) => valuesOf(linearAlpha(options)),
  ),
  call(
    'halfLifeMu',
    fc.tuple(mu, mu, size(9)),
    ([from, to, steps]) => [{ from, to, steps }],
    (options) => valuesOf(halfLifeMu(options)),
  ),
];

const firstOf = (steps: unknown) => listOf(steps)[0] as tf.NamedTensorMap;

/** Where a corrected gradient is beyond float32, it is infinite, and no linear function has it. */
const surrogateOf = (term: Dmta, grads: tf.NamedTensorMap, params: tf.NamedTensorMap) =>
  tf.tidy(() => (areFinite(term.correct(grads, params)) ? [term.penalty({ params, grads })] : []));

const valuesOf = (schedule: (step: number) => number) =>
  tf.tensor1d([0, 1, 5, 100].map((step) => schedule(step)));

export const defaults = [
  documented('dmtaPenalty', angleRecipe, ({ grad, slow, options }) => ({
    defaults: { eps: 1e-12 },
    options,
    run: (options) => dmtaPenalty(made<tf.Rank.R1>(grad), made<tf.Rank.R1>(slow), options),
  })),
  documented('dmta', averageRecipe, ({ steps, options }) => ({
    defaults: { mode: 'linear', lambda: 1, mu: 0.9999, alpha: 5, start: 'zero' },
    options,
    run: (options) => {
      const term = averaged(dmta(options), steps.map(madeByName));
      const answer = [term.correct(madeByName(steps[0] ?? []), {}), term.getState()];
      term.dispose();
      return answer;
    },
  })),
];

const z = tf.zeros<tf.Rank.R2>([1, 2]);
const loss = () => tf.scalar(0);
export const tables = [
  [
    dmta,
    (options: object) => dmta({ mode: 'cosine', loss, ...options } as never),
    (options: object) => dmtaPenalty(z, z, options),
  ],
];
