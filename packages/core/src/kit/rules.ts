import * as tf from '@tensorflow/tfjs-core';

/** The values that an argument may have. */
export interface Rule {
  readonly expected: string;
  allows(value: unknown): boolean;
}

export const flag: Rule = {
  expected: 'to be true or false',
  allows: (value) => typeof value === 'boolean',
};

export const callback: Rule = {
  expected: 'to be a function',
  allows: (value) => typeof value === 'function',
};

/** A number that passes the test; NaN never passes. */
export function number(expected: string, test: (x: number) => boolean): Rule {
  return {
    expected: `to be ${expected}`,
    allows: (value) => typeof value === 'number' && !Number.isNaN(value) && test(value),
  };
}

/** The largest float32. Larger numbers become ∞, and 0·∞ is NaN. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** A share of a batch. */
export const share: Rule = /* @__PURE__ */ number('in (0, 1]', (x) => x > 0 && x <= 1);

/** λ if it cannot be a schedule. */
export const nonNegative: Rule = /* @__PURE__ */ number(
  'a finite number ≥ 0, in float32',
  (x) => x >= 0 && x <= LARGEST,
);

/** λ: a number ≥ 0 or a schedule. */
export const weight: Rule = {
  expected: 'to be a finite number ≥ 0, in float32, or a function from the step to one',
  allows: (value) => typeof value === 'function' || nonNegative.allows(value),
};

/** A live tensor of real numbers; tfjs also has tensors of strings and complex numbers. */
export const isNumeric = (value: unknown): value is tf.Tensor =>
  value instanceof tf.Tensor &&
  !value.isDisposed &&
  (value.dtype === 'float32' || value.dtype === 'int32' || value.dtype === 'bool');

export const tensor: Rule = { expected: 'to be a tensor of numbers', allows: isNumeric };

/** A tensor that can have a gradient. */
export const float32: Rule = {
  expected: 'to be a float32 tensor',
  allows: (value) => isNumeric(value) && value.dtype === 'float32',
};

export function oneOf(...choices: readonly string[]): Rule {
  return {
    expected: `to be one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`,
    allows: (value) => choices.includes(value as string),
  };
}

export const integer = (min: number): Rule =>
  number(`an integer ≥ ${min}`, (x) => Number.isSafeInteger(x) && x >= min);
