import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { dot, norm, sum } from '../src/index.js';

test('by hand', () => {
  expect(sum(tf.tensor2d([1, 2, 3, 4], [2, 2])).dataSync()[0]).toBe(10);
  expect(dot(tf.tensor1d([1, 2]), tf.tensor1d([3, 4])).dataSync()[0]).toBe(11); // 3 + 8
  expect(norm([tf.tensor1d([2, 4]), tf.scalar(4)]).dataSync()[0]).toBe(6); // √(4 + 16 + 16)
});

test.each([1, 1023, 1024, 2047, 2048, 2049, 1_048_576, 3_000_001])('the sum of %d entries', (n) => {
  tf.tidy(() => {
    const total = sum(tf.fill([n], 0.1)).dataSync()[0] as number;
    expect(Math.abs(total / (n * Math.fround(0.1)) - 1)).toBeLessThan(1e-5);
  });
});

test.each([1e-30, 1e-20, 1, 1e20, 1e30])('a norm at magnitude %d', (scale) => {
  const length = norm([tf.tensor1d([3 * scale, 0]), tf.tensor2d([[-4 * scale]])]).dataSync()[0];
  expect((length as number) / scale).toBeCloseTo(5, 4);
});

test('the norm of nothing but zeros is zero', () => {
  expect(norm([tf.zeros([3])]).dataSync()[0]).toBe(0);
});
