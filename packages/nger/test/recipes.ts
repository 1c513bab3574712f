import * as tf from '@tensorflow/tfjs-core';
import {
  type Drawn,
  fc,
  floats,
  made,
  nonNegative,
  options,
  positive,
  size,
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
