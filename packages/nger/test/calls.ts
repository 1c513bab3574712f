import * as tf from '@tensorflow/tfjs-core';
import {
  lossesAndProxies,
  type Nger,
  type NgerInputs,
  nger,
  ngerLoss,
  ngerWeights,
  ntkProxies,
} from '@toploss/nger';
import {
  call,
  type Drawn,
  documented,
  fc,
  floats,
  listOf,
  made,
  nonNegative,
  options,
  positive,
  remembering,
  size,
  user,
} from '@toploss/testing/recipes';

/** As a tensor, as scalars, or as numbers. */
export type Form = 'tensor' | 'scalars' | 'numbers';
export const form: fc.Arbitrary<Form> = fc.constantFrom('tensor', 'scalars', 'numbers');

export const inForm = (of: Form, drawn: Drawn): tf.Tensor | (tf.Scalar | number)[] =>
  of === 'tensor' ? made(drawn) : drawn.values.map((x) => (of === 'numbers' ? x : tf.scalar(x)));

export const absolute = (drawn: Drawn): Drawn => ({ ...drawn, values: drawn.values.map(Math.abs) });

export interface WeightsRecipe {
  readonly losses: Drawn;
  readonly floors: Drawn;
  readonly proxies: Drawn;
  readonly form: Form;
  readonly options: { readonly gamma?: number; readonly eps?: number; readonly total?: number };
}

const formula = options<WeightsRecipe['options']>({
  gamma: fc.oneof(fc.constantFrom(0, 0.5, 1, 2), nonNegative),
  eps: fc.oneof(fc.constantFrom(1e-6, 1e-3), positive),
  total: positive,
});

export const weightsRecipe: fc.Arbitrary<WeightsRecipe> = size().chain((tasks) =>
  fc.record({
    losses: floats([tasks]),
    floors: floats([tasks]),
    proxies: floats([tasks]).map(absolute),
    form,
    options: formula,
  }),
);

export interface HistoryRecipe {
  readonly steps: readonly { readonly losses: Drawn; readonly proxies: Drawn }[];
  readonly form: Form;
  readonly options: {
    readonly tasks: number;
    readonly window?: number;
    readonly floor?: 'ema-min' | 'window-min' | 'taylor' | readonly number[];
    readonly gamma?: number;
    readonly eps?: number;
    readonly total?: number;
  };
}

/** A few steps of a training. */
export const historyRecipe: fc.Arbitrary<HistoryRecipe> = size(4).chain((tasks) =>
  fc.record({
    steps: fc.array(
      fc.record({ losses: floats([tasks]), proxies: floats([tasks]).map(absolute) }),
      { minLength: 1, maxLength: 6 },
    ),
    form,
    options: fc
      .tuple(
        formula,
        options({
          window: size(),
          floor: fc.oneof(
            fc.constantFrom('ema-min' as const, 'window-min' as const, 'taylor' as const),
            floats([tasks]).map(({ values }) => values),
          ),
        }),
      )
      .map(([a, b]) => ({ tasks, ...a, ...b })) as fc.Arbitrary<HistoryRecipe['options']>,
  }),
);

export const inputsOf = (
  { losses, proxies }: HistoryRecipe['steps'][number],
  form: Form,
): { taskLosses: tf.Tensor1D; ntkProxies: tf.Tensor1D } =>
  ({ taskLosses: inForm(form, losses), ntkProxies: inForm(form, proxies) }) as never;

const three = (of: WeightsRecipe) => [
  inForm(of.form, of.losses),
  inForm(of.form, of.floors),
  inForm(of.form, of.proxies),
  { ...of.options },
];

/** Heads over a representation that they share. */
const heads = fc
  .record({ batch: size(3), width: size(3), tasks: size(3) })
  .chain(({ batch, width, tasks }) =>
    fc.record({
      h: floats([batch, width], ['moderate', 'ties']),
      kernels: fc.array(floats([width, 2], ['moderate', 'ties']), {
        minLength: tasks,
        maxLength: tasks,
      }),
    }),
  );

const headArgs = ({ h, kernels }: { h: Drawn; kernels: Drawn[] }) => {
  const ws = kernels.map((kernel) => made<tf.Rank.R2>(kernel));
  const losses = user((x: tf.Tensor) =>
    ws.map((w) => tf.mean(tf.square(tf.tanh(tf.matMul(x as tf.Tensor2D, w))))),
  );
  return [losses, made(h)];
};

export const calls = [
  call('ngerWeights', weightsRecipe, three, ngerWeights),
  call('ngerLoss', weightsRecipe, three, ngerLoss),
  call('ntkProxies', heads, headArgs, ntkProxies),
  call('lossesAndProxies', heads, headArgs, lossesAndProxies),
  call(
    'nger',
    historyRecipe,
    (of) => [{ ...of.options }, of.steps.map((step) => inputsOf(step, of.form))],
    (options, steps) =>
      remembering(
        nger(options),
        ...listOf(steps)
          .slice(1)
          .map((step) => (term: Nger) => term.observe(step as NgerInputs)),
        (term) => term.loss(listOf(steps)[0] as NgerInputs),
        (term) => term.weights(),
      ),
  ),
  call(
    'nger, setState',
    historyRecipe,
    (of) => {
      const weighting = nger(of.options);
      for (const step of of.steps) {
        weighting.observe(inputsOf(step, of.form));
      }
      const state = weighting.getState();
      weighting.dispose();
      return [state, { ...of.options }, inputsOf(of.steps[0] as never, of.form)];
    },
    (state, options, step) =>
      remembering(
        nger(options),
        (term) => term.setState(state),
        (term) => term.loss(step),
        (term) => term.weights(),
      ),
  ),
];

const ofWeights = { gamma: 1, eps: 1e-6, total: 1 };

export const defaults = [
  documented('ngerWeights', weightsRecipe, ({ losses, floors, proxies, options }) => ({
    defaults: ofWeights,
    options,
    run: (options: object) => ngerWeights(losses.values, floors.values, proxies.values, options),
  })),
  documented('nger', historyRecipe, ({ steps, form, options }) => ({
    defaults: { ...ofWeights, floor: 'ema-min', window: 200 },
    options,
    run: (options: HistoryRecipe['options']) => {
      const weighting = nger(options);
      for (const step of steps) {
        weighting.observe(inputsOf(step, form));
      }
      const answer = [weighting.weights(), weighting.getState()];
      weighting.dispose();
      return answer;
    },
  })),
];

export const tables = [[nger]];
