import { random } from '@toploss/examples/random';
import { describe, expect, test } from 'vitest';
import { bootstrap } from '../src/statistics/bootstrap.js';
import { mean } from '../src/statistics/mean.js';
import { holm, paired } from '../src/statistics/paired.js';

describe('Holm', () => {
  test('by hand', () => {
    // sorted .01, .02, .03, .3; times 4, 3, 2, 1: .04, .06, .06, .3
    expect(holm([0.02, 0.3, 0.01, 0.03])).toEqual([0.06, 0.3, 0.04, 0.06]);
  });

  test('is never above 1, nor decreasing', () => {
    // .5 · 3 is above 1; .6 · 2 and .9 · 1 stay with it
    expect(holm([0.9, 0.5, 0.6])).toEqual([1, 1, 1]);
    // .04 · 2 = .08, then .05 · 1 would be less
    expect(holm([0.04, 0.05])).toEqual([0.08, 0.08]);
  });
});

describe('paired differences', () => {
  test('by hand', () => {
    // differences 1, 2, 3, 4, 5: all signs positive, which has probability 2 / 2⁵ under the null hypothesis
    const { mean: center, p } = paired([2, 4, 6, 8, 10], [1, 2, 3, 4, 5]);
    expect(center).toBe(3);
    expect(p).toBeCloseTo(2 / 32, 10);
  });

  test('of equal arms are none', () => {
    expect(paired([1, 2, 3], [1, 2, 3])).toEqual({ mean: 0, low: 0, high: 0, p: 1 });
  });

  test('change sign with the order of the arms', () => {
    const [a, b] = [
      [0.3, 0.1, 0.5, 0.9, 0.2, 0.4],
      [0.1, 0.2, 0.3, 0.3, 0.3, 0.3],
    ] as const;
    const [there, back] = [paired(a, b), paired(b, a)];
    expect(there.mean).toBeCloseTo(-back.mean, 12);
    expect(there.p).toBeCloseTo(back.p, 12);
  });
});

describe('the bootstrap', () => {
  test('of two values: means are 0, ½ or 1 with ¼, ½, ¼', () => {
    expect(bootstrap([0, 1])).toEqual({ low: 0, high: 1 });
  });

  test('covers the true mean of normal samples about as often as it says', () => {
    const { normal } = random(1, 'coverage');
    let covered = 0;
    for (let k = 0; k < 400; k++) {
      const { low, high } = bootstrap(Array.from({ length: 20 }, () => 3 + normal()));
      covered += low <= 3 && 3 <= high ? 1 : 0;
    }
    // With 20 values its quantiles are a little narrow: .93 rather than .95; ± three standard errors of .013
    expect(covered / 400).toBeGreaterThan(0.89);
    expect(covered / 400).toBeLessThan(0.97);
  });

  test('is the same every time, moves with the values and lies around their mean', () => {
    const values = [0.2, 0.5, 0.1, 0.9, 0.4];
    const { low, high } = bootstrap(values);
    expect(bootstrap(values)).toEqual({ low, high });
    const moved = bootstrap(values.map((x) => x + 10));
    expect(moved.low).toBeCloseTo(low + 10, 10);
    expect(moved.high).toBeCloseTo(high + 10, 10);
    expect(low).toBeLessThan(mean(values));
    expect(high).toBeGreaterThan(mean(values));
  });
});
