import type * as tf from '@tensorflow/tfjs-core';
import type { Dmta } from '@toploss/dmta';
import {
  type Drawn,
  fc,
  floats,
  nonNegative,
  options,
  shape,
  size,
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

export const mu = fc.oneof(
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

export const averaged = (term: Dmta, steps: tf.NamedTensorMap[]) => {
  for (const step of steps) {
    term.observe(step);
  }
  return term;
};
