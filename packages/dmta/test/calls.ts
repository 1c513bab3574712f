import * as tf from '@tensorflow/tfjs-core';
import { type Dmta, dmta, dmtaGradient, dmtaPenalty, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { normal } from '@toploss/testing';
import {
  areFinite,
  call,
  fc,
  floats,
  listOf,
  type Model,
  made,
  madeByName,
  nonNegative,
  options,
  remembering,
  size,
  user,
  variable,
} from '@toploss/testing/recipes';
import { angleRecipe, averaged, averageRecipe, mu } from './recipes.js';

export { defaults, tables } from './documented.js';

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
