import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type Weight, weightAt, weighted } from '../src/index.js';

test('by hand: a number, and a schedule', () => {
  expect(weightAt('test', 0.5, 7)).toBe(0.5);
  expect(weightAt('test', (step) => step / 4, 2)).toBe(0.5); // 2/4
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '1'])('λ = %s at some step', (bad) => {
  const schedule: Weight = (step) => (step < 3 ? 1 : (bad as number));
  expect(weightAt('test', schedule, 2)).toBe(1);
  expect(() => weightAt('test', schedule, 3)).toThrow(
    /^test: expected `lambda\(3\)` a finite number ≥ 0. Received: /,
  );
});

test('λΦ, and exactly zero at λ = 0, where Φ overflows too', () => {
  const f = (lambda: number) => (x: tf.Tensor) =>
    weighted('test', lambda, 0, [x], () => tf.square(x) as tf.Scalar);
  // ½x² at 3: the value 4.5, the gradient 3
  expect(f(0.5)(tf.scalar(3)).dataSync()[0]).toBe(4.5);
  expect(tf.grad(f(0.5))(tf.scalar(3)).dataSync()[0]).toBe(3);
  expect(f(0)(tf.scalar(1e30)).dataSync()[0]).toBe(0);
  expect(tf.grad(f(0))(tf.scalar(1e30)).dataSync()[0]).toBe(0);
});
