import { expect, test } from 'vitest';
import { initialOn, withData } from '../src/settings/suited.js';
import { initial } from '../src/settings/table.js';

test('the page begins with the settings of its first data set', () => {
  expect(initialOn(initial.data)).toEqual(initial);
});

test('another data set brings the settings that suit it, and gives them back', () => {
  const digits = withData({ ...initial, seed: 7 }, 'digits');
  expect(digits).toEqual({ ...initialOn('digits'), seed: 7 });
  expect(digits.examples).toBe(500);
  expect(withData(digits, 'moons')).toEqual({ ...initial, seed: 7 });
});

test('what was changed by hand stays with another data set', () => {
  const off = { ...initial, saspLambda: 0 };
  expect(withData(off, 'digits')).toEqual({ ...initialOn('digits'), saspLambda: 0 });
});
