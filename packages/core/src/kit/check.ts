import * as tf from '@tensorflow/tfjs-core';
import { isPromise, reject } from './reject.js';
import { isNumeric, type Rule } from './rules.js';

export { isNotFinite, reject, rejectNotFinite } from './reject.js';
export * from './rules.js';

/**
 * Checks the arguments of a function or of a package; the errors begin with its name.
 *
 * TypeScript sees what a check asserts only where the type is written out:
 *
 *     const check: Checks = new Checks('sbmp');
 */
export class Checks {
  readonly where: string;

  constructor(where: string) {
    this.where = where;
  }

  /** Throws the error that every bad argument ends in. */
  reject(argument: string, expected: string, received: unknown): never {
    reject(this.where, argument, expected, received);
  }

  /** Throws unless the rule allows the value. */
  argument(argument: string, value: unknown, rule: Rule): void {
    if (!rule.allows(value)) {
      this.reject(argument, rule.expected, value);
    }
  }

  /** An object of named things: inputs, tensors by name; or an array of them, their names being '0', '1', … */
  object(argument: string, value: unknown): asserts value is object {
    if (typeof value !== 'object' || value === null || isPromise(value)) {
      this.reject(argument, 'to be an object', value);
    }
  }

  /**
   * An object of named things, each of which the rule allows.
   *
   * @returns Its entries.
   */
  each<T = tf.Tensor>(argument: string, value: unknown, rule: Rule): [string, T][] {
    this.object(argument, value);
    const entries = Object.entries(value);
    for (const [name, entry] of entries) {
      this.argument(`${argument}.${name}`, entry, rule);
    }
    return entries;
  }

  /** Every option is known and allowed; `undefined` stands for its default. */
  options(options: unknown, rules: Readonly<Record<string, Rule>>): void {
    this.object('options', options);
    if (Array.isArray(options)) {
      this.reject('options', 'to be an object', options);
    }
    this.keys('options', options, rules);
    // By the names that will be read, as an object may inherit some.
    for (const [key, rule] of Object.entries(rules)) {
      const value = (options as Record<string, unknown>)[key];
      if (value !== undefined) {
        this.argument(key, value, rule);
      }
    }
  }

  /** Throws where there is a key that `known` does not have. */
  keys(argument: string, value: object, known: object): void {
    const foreign = Object.keys(value).find((key) => !Object.hasOwn(known, key));
    if (foreign !== undefined) {
      const names = Object.keys(known).join(', ');
      this.reject(argument, names === '' ? 'to be empty' : `to have keys among ${names}`, foreign);
    }
  }

  /**
   * A live tensor of numbers of that shape, a named dimension being free: `['B', 10]`.
   *
   * @returns Its dimensions.
   */
  tensor(argument: string, value: unknown, shape: readonly (number | string)[]): readonly number[] {
    const expected = () => `of shape [${shape.join(', ')}]`; // seldom needed
    if (!(value instanceof tf.Tensor) || value.isDisposed) {
      this.reject(argument, `to be a tensor ${expected()}`, value);
    }
    if (!isNumeric(value)) {
      this.reject(argument, 'to hold numbers', value);
    }
    const fits =
      value.rank === shape.length &&
      shape.every((size, axis) => typeof size === 'string' || size === value.shape[axis]);
    if (!fits) {
      this.reject(argument, expected(), value);
    }
    return value.shape;
  }

  /**
   * One tensor for each of these, of its name and shape, and no others.
   *
   * @returns Them, in the order of these.
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
