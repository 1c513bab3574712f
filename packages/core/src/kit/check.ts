import * as tf from '@tensorflow/tfjs-core';
import { isPromise, reject } from './reject.js';

export { isNotFinite, reject, rejectNotFinite } from './reject.js';

/** What an option may be. */
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

/** A number x with `test(x)`; NaN never is one. */
export function number(expected: string, test: (x: number) => boolean): Rule {
  return {
    expected: `to be ${expected}`,
    allows: (value) => typeof value === 'number' && !Number.isNaN(value) && test(value),
  };
}

/** Of float32. What is larger is infinite to it, and 0·∞ is NaN. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** λ where it cannot be a schedule. */
export const nonNegative: Rule = /* @__PURE__ */ number(
  'a finite number ≥ 0, in float32',
  (x) => x >= 0 && x <= LARGEST,
);

/** λ: a number ≥ 0 or a schedule. */
export const weight: Rule = {
  expected: 'to be a finite number ≥ 0, in float32, or a function from the step to one',
  allows: (value) => typeof value === 'function' || nonNegative.allows(value),
};

/** A live tensor of real numbers: strings and complex numbers are tensors to tfjs too. */
const isNumeric = (value: unknown): value is tf.Tensor =>
  value instanceof tf.Tensor &&
  !value.isDisposed &&
  ['float32', 'int32', 'bool'].includes(value.dtype);

export const tensor: Rule = { expected: 'to be a tensor of numbers', allows: isNumeric };

/** What has a gradient. */
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

/** Throws unless the rule allows the value. */
export function checkArgument(where: string, argument: string, value: unknown, rule: Rule): void {
  if (!rule.allows(value)) {
    reject(where, argument, rule.expected, value);
  }
}

/** An object of named things: inputs, tensors by name; or an array of them, their names being '0', '1', … */
export function checkObject(
  where: string,
  argument: string,
  value: unknown,
): asserts value is object {
  if (typeof value !== 'object' || value === null || isPromise(value)) {
    reject(where, argument, 'to be an object', value);
  }
}

/** Every option is known and allowed; `undefined` stands for its default. */
export function checkOptions(
  where: string,
  options: unknown,
  rules: Readonly<Record<string, Rule>>,
): void {
  checkObject(where, 'options', options);
  if (Array.isArray(options)) {
    reject(where, 'options', 'to be an object', options);
  }
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(rules, key)) {
      reject(where, 'options', `to have keys among ${Object.keys(rules).join(', ')}`, key);
    }
  }
  // By the names that will be read, as an object may inherit some.
  for (const [key, rule] of Object.entries(rules)) {
    const value = (options as Record<string, unknown>)[key];
    if (value !== undefined) {
      checkArgument(where, key, value, rule);
    }
  }
}

/**
 * A live tensor of numbers of that shape, a named dimension being free: `['B', 10]`.
 *
 * @returns Its dimensions.
 */
export function checkTensor(
  where: string,
  argument: string,
  value: unknown,
  shape: readonly (number | string)[],
): readonly number[] {
  const expected = () => `of shape [${shape.join(', ')}]`; // seldom needed
  if (!(value instanceof tf.Tensor) || value.isDisposed) {
    reject(where, argument, `to be a tensor ${expected()}`, value);
  }
  if (!isNumeric(value)) {
    reject(where, argument, 'to hold numbers', value);
  }
  const fits =
    value.rank === shape.length &&
    shape.every((size, axis) => typeof size === 'string' || size === value.shape[axis]);
  if (!fits) {
    reject(where, argument, expected(), value);
  }
  return value.shape;
}

/**
 * One tensor for each of these, of its name and shape, and no others.
 *
 * @returns Them, in the order of these.
 */
export function checkTensors(
  where: string,
  argument: string,
  value: unknown,
  like: tf.NamedTensorMap,
): tf.NamedTensorMap {
  checkObject(where, argument, value);
  const tensors = new Map(Object.entries(value));
  for (const name of tensors.keys()) {
    if (!Object.hasOwn(like, name)) {
      reject(where, argument, `to have keys among ${Object.keys(like).join(', ')}`, name);
    }
  }
  for (const [name, { shape }] of Object.entries(like)) {
    checkTensor(where, `${argument}.${name}`, tensors.get(name), shape);
  }
  return Object.fromEntries(Object.keys(like).map((name) => [name, tensors.get(name)]));
}
