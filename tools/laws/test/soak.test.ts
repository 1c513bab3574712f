import * as tf from '@tensorflow/tfjs-core';
import { dmta, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { nger } from '@toploss/nger';
import { describe, expect, test } from 'vitest';
import { byLayers } from '../src/soak/by-layers.js';
import { byTrainStep } from '../src/soak/by-train-step.js';
import { growth, type Sample, sample } from '../src/soak/memory.js';
import { firstStep } from '../src/soak/training.js';

// `pnpm soak` is the whole of it: 10⁵ steps, and the memory of the process. See the README.

describe.each(Object.entries({ trainStep: byTrainStep, 'model.fit': byLayers }))(
  'every penalty at once in %s, for 300 steps',
  (_, make) => {
    test('holds as many tensors and bytes as before, and leaves none', async () => {
      const before = tf.memory();
      const training = make();
      for (let k = 0; k < 50; k++) {
        await training.advance(); // some averages reach their length
      }
      const { numTensors, numBytes } = tf.memory();
      for (let k = 0; k < 250; k++) {
        await training.advance();
        expect(tf.memory()).toMatchObject({ numTensors, numBytes });
      }
      expect(training.step).toBe(firstStep + 300);
      expect(training.values().every(Number.isFinite)).toBe(true);
      training.dispose();
      expect(tf.memory()).toMatchObject({
        numTensors: before.numTensors,
        numBytes: before.numBytes,
      });
    });
  },
);

describe('what grows is seen', () => {
  const flat = Array.from({ length: 10 }, (_, k) => ({
    ...sample(100 * k),
    resident: 1,
    heap: 1,
    external: 1,
  }));
  const growing = (of: keyof Sample, by: number) =>
    flat.map((s, k) => ({ ...s, [of]: s[of] + by * k }));

  test('and what is flat is not', () => {
    expect(growth(flat)).toEqual([]);
    expect(growth(growing('heap', 900))).toEqual([]); // 9 bytes a step
  });

  test.each([
    ['tensors', 1],
    ['tensorBytes', 4],
    ['heap', 1100],
    ['external', 1100],
    ['resident', 21_000],
  ] as const)('%s', (of, by) => {
    expect(growth(growing(of, by))).toEqual([expect.stringMatching(`^${of}: `)]);
  });
});

describe('beyond 2²⁴ steps, where float32 no longer counts', () => {
  const many = [2 ** 24, 2 ** 31, 2 ** 40];

  test.each(many)('%d: states count on, one by one', (steps) => {
    const slow = dmta({ mu: 0.9 });
    const weighting = nger({ tasks: 2 });
    tf.tidy(() => {
      const inputs = { taskLosses: tf.tensor1d([1, 2]), ntkProxies: tf.tensor1d([1, 1]) };
      const grads = { w: tf.tensor1d([1, -1]) };
      slow.observe(grads);
      weighting.observe(inputs);
      slow.setState({ ...slow.getState(), steps });
      weighting.setState({ ...weighting.getState(), steps });
      for (let k = 1; k <= 3; k++) {
        slow.observe(grads);
        weighting.observe(inputs);
        expect([slow.getState().steps, weighting.getState().steps]).toEqual([steps + k, steps + k]);
      }
    });
    slow.dispose();
    weighting.dispose();
  });

  test.each(many)('%d: schedules still move, and end where they have to', (steps) => {
    const alpha = linearAlpha({ alpha: 5, steps: 2 * steps });
    const mu = halfLifeMu({ from: 0.9, to: 0.9999, steps: 2 * steps });
    expect(alpha(steps)).toBeGreaterThan(alpha(steps - 1));
    expect(alpha(steps - 1)).toBe(2.5);
    expect(mu(steps + steps / 1024)).toBeGreaterThan(mu(steps));
    expect([alpha(2 * steps), mu(2 * steps)]).toEqual([5, 0.9999]);
    expect([alpha(Number.MAX_SAFE_INTEGER - 1), mu(Number.MAX_SAFE_INTEGER - 1)]).toEqual([
      5, 0.9999,
    ]);
  });
});

describe('a slow average over many steps', () => {
  /** Of a gradient that stays, from where the average is. */
  const after = (steps: number, from: number, g: number, mu: number) => {
    const slow = dmta({ mu });
    const grad = { w: tf.tensor1d([g]) };
    slow.setState({
      ...{ format: 'toploss/dmta', version: 1, steps: 2 ** 24 },
      average: { w: { shape: [1], values: [Math.fround(from)] } },
    });
    for (let k = 0; k < steps; k++) {
      slow.observe(grad);
    }
    const [value] = (slow.getState().average.w as { values: readonly number[] }).values as [number];
    slow.dispose();
    tf.dispose(grad);
    return value;
  };

  // A step moves it by (1 − μ)(g − m), and float32 knows no less than m · 2⁻²⁴ of that: it stops at
  // |g − m| ≤ m · 2⁻²⁴/(1 − μ), 6 in 10 000 for μ = .9999.
  test('reaches a gradient that stays, to the digits of float32', () => {
    for (const mu of [0.99, 0.999]) {
      const reached = after(Math.ceil(20 / (1 - mu)), 0, 1, mu);
      expect(Math.abs(1 - reached)).toBeLessThanOrEqual((2 ** -24 / (1 - mu)) * 1.01);
    }
  });

  test('forgets as fast as it should, down to the smallest numbers', () => {
    expect(after(5000, 1, 0, 0.999)).toBeCloseTo(0.999 ** 5000, 6);
    const tiny = after(1000, 1e-30, 0, 0.99);
    expect(tiny / (1e-30 * 0.99 ** 1000)).toBeCloseTo(1, 3);
    // Below the normal numbers it may stop, at less than 2⁻¹⁴⁹/(1 − μ), and never turns its sign.
    const least = after(4000, 1e-36, 0, 0.99);
    expect(least).toBeGreaterThanOrEqual(0);
    expect(least).toBeLessThan(2 ** -149 / 0.01);
  });
});
