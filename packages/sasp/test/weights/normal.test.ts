import { expect, test } from 'vitest';
import { NormalStream } from '../../src/weights/normal.js';

const drawn = (seed: number, count: number) => {
  const stream = new NormalStream(seed);
  return Float64Array.from({ length: count }, () => stream.next());
};
const mean = (x: ArrayLike<number>, f: (x: number) => number) =>
  Array.from(x).reduce((sum, value) => sum + f(value), 0) / x.length;

const N = 400_000;
const x = drawn(1, N);

// Moments of N(0, 1), each within five of its standard errors, √(Var/N).
test.each([
  ['x', 0, 1],
  ['x²', 1, 2],
  ['x³', 0, 15],
  ['x⁴', 3, 96],
] as const)('the mean of %s', (power, expected, variance) => {
  const k = ['x', 'x²', 'x³', 'x⁴'].indexOf(power) + 1;
  const error = Math.abs(mean(x, (value) => value ** k) - expected);
  expect(error).toBeLessThan(5 * Math.sqrt(variance / N));
});

// P(|x| < c), erf(c/√2), from a table; 3.442… is where the ziggurat's tail begins.
test.each([
  [0.1, 0.0796557],
  [0.5, 0.3829249],
  [1, 0.6826895],
  [2, 0.9544997],
  [3, 0.9973002],
  [3.442619855899, 0.9994242],
  [4, 0.99993666],
])('the share within %f', (c, share) => {
  const error = Math.abs(mean(x, (value) => Number(Math.abs(value) < c)) - share);
  expect(error).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / N));
});

test('a seed gives the same numbers, and neighbors have nothing to do with each other', () => {
  expect(drawn(7, 100)).toEqual(drawn(7, 100));
  const seeds = [0, 1, 2, 3, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
  const streams = seeds.map((seed) => drawn(seed, 20_000));
  for (const [i, a] of streams.entries()) {
    for (const b of streams.slice(i + 1)) {
      const correlation = a.reduce((sum, value, k) => sum + value * (b[k] as number), 0) / a.length;
      expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(a.length));
    }
    const lagged =
      a.slice(1).reduce((sum, value, k) => sum + value * (a[k] as number), 0) / a.length;
    expect(Math.abs(lagged)).toBeLessThan(5 / Math.sqrt(a.length));
  }
});
