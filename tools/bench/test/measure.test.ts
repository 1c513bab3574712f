import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { measure, summary, TooLong } from '../src/measure.js';
import { median, quantile } from '../src/statistics.js';

describe('quantile', () => {
  it('interpolates between the values beside it', () => {
    // sorted 1 2 4 8; ¼ is at ¾ of the way from 1 to 2, the median between 2 and 4, ¾ at ¼ from 4 to 8
    const values = [8, 1, 4, 2];
    expect(quantile(values, 0.25)).toBe(1.75);
    expect(median(values)).toBe(3);
    expect(quantile(values, 0.75)).toBe(5);
    expect(values).toEqual([8, 1, 4, 2]);
  });

  it('is the value where there is one', () => {
    expect([0, 0.5, 1].map((q) => quantile([7], q))).toEqual([7, 7, 7]);
  });
});

describe('summary', () => {
  // Ratios of b to a in the round: 2, 3, 1. The second round was ten times slower, and does not count for more.
  const rounds = [
    { b: 8, a: 4 },
    { a: 40, b: 120 },
    { a: 5, b: 5 },
  ];

  it('compares within the round', () => {
    expect(summary(['a', 'b'], rounds, 1).ratios).toEqual({
      a: { low: 1, median: 1, high: 1 },
      b: { low: 1.5, median: 2, high: 2.5 },
    });
  });

  it('tells the median time of one step of the first arm', () => {
    // 5 ms for two steps
    expect(summary(['a', 'b'], rounds, 2)).toMatchObject({
      rounds: 3,
      steps: 2,
      milliseconds: 2.5,
    });
  });
});

describe('measure', () => {
  const settings = { seconds: 0.01, period: 4, patience: Infinity };

  it('takes as many steps of every arm, a multiple of the period, and leaves no tensor', async () => {
    const taken = { a: 0, b: 0 };
    const before = tf.memory().numTensors;
    const arm = (name: 'a' | 'b') => () => {
      taken[name]++;
      tf.square(tf.ones([100]));
    };
    const { rounds, steps, ratios } = await measure({ a: arm('a'), b: arm('b') }, settings);
    expect(steps % 4).toBe(0);
    expect(rounds).toBeGreaterThanOrEqual(7);
    expect(Object.keys(ratios)).toEqual(['a', 'b']);
    expect(taken.b).toBe((rounds + 1) * steps); // and one round to warm up
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives up before the other arms, where it would take too long', async () => {
    let others = 0;
    const arms = { first: () => {}, other: () => others++ };
    await expect(measure(arms, { ...settings, patience: 0 })).rejects.toThrow(TooLong);
    expect(others).toBe(0);
  });
});
