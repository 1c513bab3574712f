import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  callback,
  checkOptions,
  checkTensor,
  flag,
  integer,
  nonNegative,
  oneOf,
  tensor,
  weight,
} from '../src/index.js';

test('the message is the fix', () => {
  expect(() => checkTensor('sasp', 'features', tf.ones([4, 16]), [8, 'D'])).toThrow(
    'sasp: expected `features` of shape [8, D]. Received: float32 [4, 16].',
  );
  expect(checkTensor('sasp', 'features', tf.ones([8, 16]), [8, 'D'])).toEqual([8, 16]);
});

test.each([
  [undefined, 'undefined'],
  [null, 'null'],
  [3, '3'],
  ['x', '"x"'],
  [[1, 2], 'an array of 2'],
  [() => 1, 'a function'],
  [{ a: 1 }, 'an object with { a }'],
])('what came: %s', (value, words) => {
  expect(() => checkTensor('core', 'x', value, ['B'])).toThrow(`[B]. Received: ${words}.`);
});

test('a disposed tensor is none', () => {
  const x = tf.ones([2]);
  x.dispose();
  expect(() => checkTensor('core', 'x', x, [2])).toThrow('Received: a disposed tensor.');
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
  { nonNegative: Number.POSITIVE_INFINITY },
  { nonNegative: Number.NaN },
  { choice: 'c' },
])('refuses %o', (options) => {
  const [name] = Object.keys(options);
  expect(() => checkOptions('core', options, rules)).toThrow(
    new RegExp(`^core: expected \`${name}\` to be .* Received: .*\\.$`),
  );
});

test('takes what is allowed, and undefined for a default; refuses what it does not know', () => {
  const good = { flag: false, callback: () => 1, weight: (step: number) => step, integer: 2 };
  expect(() => checkOptions('core', { ...good, choice: undefined }, rules)).not.toThrow();
  expect(() => checkOptions('core', { flags: true }, rules)).toThrow(/Received: "flags"\.$/);
  expect(() => checkOptions('core', { toString: 1 }, rules)).toThrow(/Received: "toString"\.$/);
  expect(() => checkOptions('core', 3, rules)).toThrow(/`options` to be an object. Received: 3/);
});
