import { exponential } from '@toploss/core/kit';
import { expect, test } from 'vitest';

test('by hand: e^0 is 1 and e^ln 2 is 2, to the last digit', () => {
  expect(exponential(0)).toBe(1);
  expect(exponential(Math.LN2)).toBe(2);
});

test('twelve digits of e^x, over its whole range', () => {
  for (let x = -707.9; x < 709; x += 0.137) {
    expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(2e-13);
  }
  for (const x of [1e-300, -1e-300, 1e-9, -1e-9]) {
    expect(exponential(x)).toBe(Math.exp(x));
  }
});

test('at the ends of the range and beyond', () => {
  expect(exponential(-708) / Math.exp(-708)).toBeCloseTo(1, 12);
  expect(exponential(709) / Math.exp(709)).toBeCloseTo(1, 12);
  const [infinity, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
  expect([-709, -1e5, -infinity].map(exponential)).toEqual([0, 0, 0]);
  expect([709.5, 710, 1e5, infinity].map(exponential)).toEqual([
    Math.exp(709.5),
    infinity,
    infinity,
    infinity,
  ]);
  expect(exponential(nan)).toBeNaN();
});
