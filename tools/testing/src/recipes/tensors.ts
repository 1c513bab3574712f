import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { type Magnitude, magnitude, magnitudes } from './numbers.js';

export type DrawnType = 'float32' | 'int32' | 'bool';

/** A tensor that is yet to be made: plain numbers, which fast-check can print and make smaller. */
export interface Drawn {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly dtype: DrawnType;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export function made<R extends tf.Rank>({ shape, values, dtype }: Drawn): tf.Tensor<R> {
  return tf.tensor([...values], [...shape] as tf.ShapeMap[R], dtype);
}

/** By names w0, w1, … */
export const madeByName = (drawn: readonly Drawn[]): tf.NamedTensorMap =>
  Object.fromEntries(drawn.map((x, k) => [`w${k}`, made(x)]));

/** The rows of the last dimension, and whatever is before it in one. */
export function rowsOf({ shape, values }: Pick<Drawn, 'shape' | 'values'>): number[][] {
  const width = shape.at(-1) as number;
  const count = width === 0 ? 0 : values.length / width;
  return Array.from({ length: count }, (_, i) => values.slice(i * width, (i + 1) * width));
}

const filled = (shape: readonly number[], dtype: DrawnType, entry: fc.Arbitrary<number>) =>
  fc
    .array(entry, { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    .map((values): Drawn => ({ shape, values, dtype }));

/** Numbers of one law, or of one of these. */
export const floats = (
  shape: readonly number[],
  among?: readonly Magnitude[],
): fc.Arbitrary<Drawn> =>
  magnitude(among).chain((name) => filled(shape, 'float32', magnitudes[name]));

export const classIndices = (batch: number, classes: number): fc.Arbitrary<Drawn> =>
  filled([batch], 'int32', fc.integer({ min: 0, max: classes - 1 }));

export const signs = (shape: readonly number[]): fc.Arbitrary<Drawn> =>
  filled(shape, 'float32', fc.constantFrom(-1, 1));

/** What counts and what does not, in every type that says so. */
export const mask = (shape: readonly number[]): fc.Arbitrary<Drawn> =>
  fc
    .constantFrom<DrawnType>('bool', 'int32', 'float32')
    .chain((dtype) => filled(shape, dtype, fc.constantFrom(0, 1, 1)));

/** Labels whose rows sum to 1, but for the rounding. */
export const softLabels = (batch: number, classes: number): fc.Arbitrary<Drawn> =>
  filled([batch, classes], 'float32', fc.double({ min: 0.01, max: 1, noNaN: true })).map(
    (drawn) => ({
      ...drawn,
      values: rowsOf(drawn).flatMap((row) => {
        const total = row.reduce((a, b) => a + b, 0);
        return row.map((x) => Math.fround(x / total));
      }),
    }),
  );

export const oneHotLabels = (batch: number, classes: number): fc.Arbitrary<Drawn> =>
  fc
    .tuple(classIndices(batch, classes), fc.constantFrom<DrawnType>('float32', 'int32', 'bool'))
    .map(([{ values }, dtype]) => ({
      shape: [batch, classes],
      values: values.flatMap((index) =>
        Array.from({ length: classes }, (_, c) => Number(c === index)),
      ),
      dtype,
    }));

/** Labels of the sigmoid: each for itself. */
export const multiLabels = (batch: number, classes: number): fc.Arbitrary<Drawn> =>
  fc
    .constantFrom<DrawnType>('float32', 'int32', 'bool')
    .chain((dtype) => filled([batch, classes], dtype, fc.constantFrom(0, 1)));

/** A dimension: small, odd as often as even, and often 1. */
export const size = (max = 5): fc.Arbitrary<number> => fc.integer({ min: 1, max });

/** The number of outputs: one is enough for every head but a softmax. */
export const predicts = (classes: number, head = 'softmax'): boolean =>
  head !== 'softmax' || classes > 1;

/** A rank and dimensions, one of which may be 0 where that is allowed. */
export const shape = (minRank: number, maxRank: number, min = 1): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min, max: 4 }), { minLength: minRank, maxLength: maxRank });

/** Options that are left out as often as not. */
export const options = <T extends object>(
  of: {
    [K in keyof T]: fc.Arbitrary<T[K]>;
  },
): fc.Arbitrary<Partial<T>> => fc.record(of, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
