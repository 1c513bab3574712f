import { Checks, checkFloats, checkSaved } from '@toploss/core/kit';
import { expect, test } from 'vitest';

const check: Checks = new Checks('test');
const expected = { format: 'test', version: 2 };

test('a state of its format and version is taken, whatever else it holds', () => {
  expect(() => checkSaved(check, { ...expected, steps: 1 }, expected)).not.toThrow();
});

test.each([
  [null, 'test: expected `state` to be an object. Received: null.'],
  [{}, 'test: expected `state.format` to be "test". Received: undefined.'],
  [
    { ...expected, format: 'other' },
    'test: expected `state.format` to be "test". Received: "other".',
  ],
  [{ ...expected, version: 1 }, 'test: expected `state.version` to be 2. Received: 1.'],
  [{ ...expected, steps: -1 }, 'test: expected `state.steps` to be an integer ≥ 0. Received: -1.'],
])('%j is no such state', (state, message) => {
  expect(() => checkSaved(check, state, expected)).toThrow(message);
});

test('numbers of float32 pass through JSON', () => {
  expect(() => checkFloats(check, 'state.x', [0, -0, 0.5, Math.fround(0.1)], [4])).not.toThrow();
  expect(() => checkFloats(check, 'state.x', [], [0])).not.toThrow();
});

test.each([
  ['12', 'to be an array of 2. Received: "12".'],
  [[1], 'to be an array of 2. Received: an array of 1.'],
  [[1, 2, 3], 'to be an array of 2. Received: an array of 3.'],
])('%j are no two numbers', (value, message) => {
  expect(() => checkFloats(check, 'state.x', value, [2])).toThrow(
    `test: expected \`state.x\` ${message}`,
  );
});

test.each([
  [0.1, 1], // no number of float32
  [null, 1], // what JSON makes of NaN and ∞
  [Number.POSITIVE_INFINITY, 0],
  ['1', 0],
])('%j is no finite number of float32', (bad, k) => {
  const value = [1, 1];
  value[k] = bad as number;
  expect(() => checkFloats(check, 'state.x', value, [2])).toThrow(
    `test: expected \`state.x[${k}]\` to be a finite float32. Received: `,
  );
});

test('rows of numbers, each in its place', () => {
  const rows = (value: unknown) => () => checkFloats(check, 'state.x', value, [2, 1]);
  expect(rows([[1], [2]])).not.toThrow();
  expect(rows([[1]])).toThrow('test: expected `state.x` to be an array of 2.');
  expect(rows([[1], [2, 3]])).toThrow('test: expected `state.x[1]` to be an array of 1.');
  expect(rows([[1], [0.1]])).toThrow('test: expected `state.x[1][0]` to be a finite float32.');
});
