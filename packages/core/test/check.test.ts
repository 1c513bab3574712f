import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  Checks,
  callback,
  flag,
  float32,
  integer,
  nonNegative,
  number,
  oneOf,
  tensor,
  weight,
} from '../src/kit/index.js';

test('the message is the fix', () => {
  expect(() => new Checks('sasp').tensor('features', tf.ones([4, 16]), [8, 'D'])).toThrow(
    'sasp: expected `features` of shape [8, D]. Received: float32 [4, 16].',
  );
  expect(new Checks('sasp').tensor('features', tf.ones([8, 16]), [8, 'D'])).toEqual([8, 16]);
});

test.each([
  [undefined, 'undefined'],
  [null, 'null'],
  [3, '3'],
  ['x', '"x"'],
  [[1, 2], 'an array of 2'],
  [() => 1, 'a function'],
  [{ a: 1, b: 2 }, 'an object with { a, b }'],
  [Object.create(null), 'an object with {  }'],
  [new Map(), 'an instance of Map'],
])('what came: %s', (value, words) => {
  expect(() => new Checks('core').tensor('x', value, ['B'])).toThrow(`[B]. Received: ${words}.`);
});

test('a disposed tensor is none', () => {
  const x = tf.ones([2]);
  x.dispose();
  expect(() => new Checks('core').tensor('x', x, [2])).toThrow('Received: a disposed tensor.');
  expect(tensor.allows(x)).toBe(false);
});

const rules = {
  flag,
  callback,
  weight,
  integer: integer(1),
  nonNegative,
  choice: oneOf('a', 'b'),
};

test.each([
  { flag: 1 },
  { callback: 'f' },
  { weight: -1 },
  { weight: Number.NaN },
  { weight: null },
  { integer: 0 },
  { integer: 1.5 },
  { integer: '2' },
  { nonNegative: Number.POSITIVE_INFINITY },
  { nonNegative: 3.5e38 }, // beyond float32
  { nonNegative: -1e-9 },
  { nonNegative: '1' },
  { weight: 3.5e38 },
  { nonNegative: Number.NaN },
  { choice: 'c' },
])('refuses %o', (options) => {
  const [name] = Object.keys(options);
  expect(() => new Checks('core').options(options, rules)).toThrow(
    new RegExp(`^core: expected \`${name}\` to be .* Received: .*\\.$`),
  );
});

test('a number is no number where it is NaN, whatever its test says', () => {
  const any = number('a number', () => true);
  expect([0, -1, Number.POSITIVE_INFINITY].every((x) => any.allows(x))).toBe(true);
  expect([Number.NaN, '1', null, undefined].some((x) => any.allows(x))).toBe(false);
});

test('λ may be 0, the largest number of float32, or a schedule', () => {
  for (const lambda of [0, (2 - 2 ** -23) * 2 ** 127]) {
    expect([weight.allows(lambda), nonNegative.allows(lambda)]).toEqual([true, true]);
  }
  const schedule = () => 1;
  expect([weight.allows(schedule), nonNegative.allows(schedule)]).toEqual([true, false]);
});

test('numbers of every type are tensors to us, words and complex numbers are not', () => {
  for (const dtype of ['float32', 'int32', 'bool'] as const) {
    expect(tensor.allows(tf.zeros([1], dtype))).toBe(true);
  }
  expect(tensor.allows(tf.tensor1d(['1'], 'string'))).toBe(false);
});

test('what has a gradient is a live tensor of float32', () => {
  const gone = tf.ones([1]);
  gone.dispose();
  expect(float32.allows(tf.ones([1]))).toBe(true);
  for (const x of [tf.ones([1], 'int32'), tf.ones([1], 'bool'), gone, [1], undefined]) {
    expect(float32.allows(x)).toBe(false);
  }
});

test('takes what is allowed, and undefined for a default; refuses what it does not know', () => {
  const good = { flag: false, callback: () => 1, weight: (step: number) => step, integer: 1 };
  expect(() => new Checks('core').options({ ...good, choice: undefined }, rules)).not.toThrow();
  expect(() => new Checks('core').options({ flags: true }, rules)).toThrow(
    /^core: expected `options` to have keys among flag, callback, .*Received: "flags"\.$/,
  );
  expect(() => new Checks('core').options({ toString: 1 }, rules)).toThrow(
    /Received: "toString"\.$/,
  );
  expect(() => new Checks('core').options(3, rules)).toThrow(
    /^core: expected `options` to be an object. Received: 3/,
  );
  expect(() => new Checks('core').options([], rules)).toThrow(
    /^core: expected `options` to be an object. Received: an array of 0/,
  );
});

test('tensors by name come in the order of those that they are like, and no others', () => {
  const like = { a: tf.scalar(1), b: tf.ones([2]) };
  const [a, b] = [tf.scalar(3), tf.zeros([2])];
  expect(Object.entries(new Checks('core').tensors('v', { b, a }, like))).toEqual([
    ['a', a],
    ['b', b],
  ]);
  const check = (value: unknown) => () => new Checks('core').tensors('v', value, like);
  expect(check(null)).toThrow('core: expected `v` to be an object. Received: null.');
  expect(check({ a, b, c: a })).toThrow('expected `v` to have keys among a, b. Received: "c".');
  expect(check({ b })).toThrow('expected `v.a` to be a tensor of shape []. Received: undefined.');
  expect(check({ a, b: a })).toThrow('expected `v.b` of shape [2]. Received: float32 [].');
});

test('where nothing is known, nothing is allowed', () => {
  const check: Checks = new Checks('core');
  expect(() => check.keys('state', {}, {})).not.toThrow();
  expect(() => check.keys('state', { a: 1 }, {})).toThrow(
    'core: expected `state` to be empty. Received: "a".',
  );
});

test('TypeScript sees what a check asserts', () => {
  const check: Checks = new Checks('core');
  const keysOf = (value: unknown): string[] => {
    check.object('x', value);
    return Object.keys(value);
  };
  expect(keysOf({ a: 1 })).toEqual(['a']);
  const positive = (x: number): number => (x > 0 ? x : check.reject('x', 'to be > 0', x));
  expect(positive(2)).toBe(2);
  expect(() => positive(-1)).toThrow('core: expected `x` to be > 0. Received: -1.');
});
