import * as tf from '@tensorflow/tfjs-core';
import { isPromise, reject } from './reject.js';
import { isNumeric, type Rule } from './rules.js';

export { isNotFinite, reject, rejectNotFinite } from './reject.js';
export * from './rules.js';

/**
 * Checks the arguments of a function or a package. Errors begin with its name.
 *
 * Write the type out, or TypeScript can't use the assertions of the checks:
 *
 *     const check: Checks = new Checks('sbmp');
 */
export class Checks {
  readonly where: string;

  constructor(where: string) {
    this.where = where;
  }

  /** Throws the error for a bad argument. */
  reject(argument: string, expected: string, received: unknown): never {
    reject(this.where, argument, expected, received);
  }

  /** Throws unless the rule allows the value. */
  argument(argument: string, value: unknown, rule: Rule): void {
    if (!rule.allows(value)) {
      this.reject(argument, rule.expected, value);
    }
  }

  /** Throws unless the value is an object, such as tensors by name. An array is one too, with the names '0', '1', … */
  object(argument: string, value: unknown): asserts value is object {
    if (typeof value !== 'object' || value === null || isPromise(value)) {
      this.reject(argument, 'to be an object', value);
    }
  }

  /**
   * Throws unless the value is an object and the rule allows each of its entries.
   *
   * @returns The entries.
   */
  each<T = tf.Tensor>(argument: string, value: unknown, rule: Rule): [string, T][] {
    this.object(argument, value);
    const entries = Object.entries(value);
    for (const [name, entry] of entries) {
      this.argument(`${argument}.${name}`, entry, rule);
    }
    return entries;
  }

  /** Throws unless every option is known and its rule allows it. `undefined` stands for the default. */
  options(options: unknown, rules: Readonly<Record<string, Rule>>): void {
    this.object('options', options);
    if (Array.isArray(options)) {
      this.reject('options', 'to be an object', options);
    }
    this.keys('options', options, rules);
    // By the known names, as an object may inherit some options.
    for (const [key, rule] of Object.entries(rules)) {
      const value = (options as Record<string, unknown>)[key];
      if (value !== undefined) {
        this.argument(key, value, rule);
      }
    }
  }

  /** Throws if there is a key that `known` does not have. */
  keys(argument: string, value: object, known: object): void {
    const foreign = Object.keys(value).find((key) => !Object.hasOwn(known, key));
    if (foreign !== undefined) {
      const names = Object.keys(known).join(', ');
      this.reject(argument, names === '' ? 'to be empty' : `to have keys among ${names}`, foreign);
    }
  }

  /**
   * Throws unless the value is a live tensor of numbers with that shape. A named dimension is free: `['B', 10]`.
   *
   * @returns The shape of the tensor.
   */
  tensor(argument: string, value: unknown, shape: readonly (number | string)[]): readonly number[] {
    if (!isTensorOf(value, shape)) {
      const expected = `of shape [${shape.join(', ')}]`;
      if (!(value instanceof tf.Tensor) || value.isDisposed) {
        this.reject(argument, `to be a tensor ${expected}`, value);
      }
      this.reject(argument, isNumeric(value) ? expected : 'to hold numbers', value);
    }
    return value.shape;
  }

  /**
   * Throws unless `value` has the names of `like`, no others, and tensors of the same shapes.
   *
   * @returns The tensors, in the order of `like`.
   */
  tensors(argument: string, value: unknown, like: tf.NamedTensorMap): tf.NamedTensorMap {
    this.object(argument, value);
    this.keys(argument, value, like);
    const tensors = new Map(Object.entries(value));
    for (const [name, { shape }] of Object.entries(like)) {
      this.tensor(`${argument}.${name}`, tensors.get(name), shape);
    }
    return Object.fromEntries(Object.keys(like).map((name) => [name, tensors.get(name)]));
  }
}

/** Whether the value is a live tensor of numbers with that shape, in which a named dimension is free. */
export function isTensorOf(
  value: unknown,
  shape: readonly (number | string)[],
): value is tf.Tensor {
  if (!isNumeric(value) || value.shape.length !== shape.length) {
    return false;
  }
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis];
    if (typeof size === 'number' && size !== value.shape[axis]) {
      return false;
    }
  }
  return true;
}
