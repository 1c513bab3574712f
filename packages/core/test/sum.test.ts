import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { addAll, dot, innerProduct, norm, sum } from '../src/kit/index.js';

test('by hand', () => {
  expect(sum(tf.tensor2d([1, 2, 3, 4], [2, 2])).dataSync()[0]).toBe(10);
  expect(dot(tf.tensor1d([1, 2]), tf.tensor1d([3, 4])).dataSync()[0]).toBe(11); // 3 + 8
  const [x, y] = [
    [tf.tensor1d([1, 2]), tf.scalar(3)],
    [tf.tensor1d([5, 6]), tf.scalar(-1)],
  ];
  expect(innerProduct(x, y).dataSync()[0]).toBe(14); // 5 + 12 − 3
  expect(innerProduct([], []).dataSync()[0]).toBe(0);
  expect(norm([tf.tensor1d([2, 4]), tf.scalar(4)]).dataSync()[0]).toBe(6); // √(4 + 16 + 16)
});

test.each([0, 1, 7, 8, 14, 15, 40])('the sum and the norm of %d tensors', (n) => {
  const tensors = Array.from({ length: n }, (_, k) => tf.fill([2], k + 1));
  expect(Array.from(addAll(tensors).dataSync())).toEqual(
    n === 0 ? [0] : Array(2).fill((n * (n + 1)) / 2),
  );
  expect(norm(tensors.map((x) => tf.onesLike(x))).dataSync()[0]).toBeCloseTo(Math.sqrt(2 * n), 5);
});

test.each([1, 1023, 1024, 2047, 2048, 2049, 1_048_576, 3_000_001, 1e7])(
  'the sum of %d entries',
  (n) => {
    tf.tidy(() => {
      const total = sum(tf.fill([n], 0.1)).dataSync()[0] as number;
      expect(Math.abs(total / (n * Math.fround(0.1)) - 1)).toBeLessThan(1e-5);
    });
  },
);

test.each([1e-38, 1e-30, 1e-20, 1, 1e20, 1e30, 6e37])('a norm at magnitude %d', (scale) => {
  const length = norm([tf.tensor1d([3 * scale, 0]), tf.tensor2d([[-4 * scale]])]).dataSync()[0];
  expect((length as number) / scale).toBeCloseTo(5, 4);
});

test('the largest entry sets the scale of a norm, in whichever tensor it is', () => {
  // √(1e60 + 1e-60) = 1e30
  for (const tensors of [[[1e-30, 1e30]], [[1e-30], [1e30]], [[1e30, 1e-30], [1e-30]]]) {
    const length = norm(tensors.map((x) => tf.tensor1d(x))).dataSync()[0] as number;
    expect(length / 1e30).toBeCloseTo(1, 5);
  }
});

test('the norm of nothing but zeros is zero, and so is that of nothing', () => {
  expect(norm([tf.zeros([3])]).dataSync()[0]).toBe(0);
  expect(norm([]).dataSync()[0]).toBe(0);
  expect(norm([tf.zeros([0])]).dataSync()[0]).toBe(0);
  expect(norm([tf.zeros([0, 2]), tf.tensor1d([3, 4])]).dataSync()[0]).toBe(5);
});

test.each([
  [[1, Number.POSITIVE_INFINITY], Number.POSITIVE_INFINITY],
  [[Number.NEGATIVE_INFINITY, 0], Number.POSITIVE_INFINITY],
  [[1, Number.NaN], Number.NaN],
  [[Number.POSITIVE_INFINITY, Number.NaN], Number.NaN],
])('the norm of %j, which is not finite', (x, expected) => {
  expect(norm([tf.tensor1d(x), tf.scalar(2)]).dataSync()[0]).toBe(expected);
});

test('nothing leaks, and small entries count beside a large one', () => {
  const x = tf.fill([5000], 1e-3);
  const { numTensors } = tf.memory();
  tf.dispose([sum(x), dot(x, x), norm([x, x]), norm([])]);
  expect(tf.memory().numTensors).toBe(numTensors);
  // √(1 + 5000 · 1e-6) = √1.005
  expect(norm([tf.scalar(1), x]).dataSync()[0]).toBeCloseTo(Math.sqrt(1.005), 6);
});

test('by hand: the gradients of a product are each other', () => {
  const [a, b] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
  const [byA, byB] = tf.grads((a, b) => tf.mul(10, dot(a, b)))([a, b]) as [tf.Tensor, tf.Tensor];
  expect([...byA.dataSync(), ...byB.dataSync()]).toEqual([30, 40, 10, 20]);
});

test('the gradient of a sum is 1 everywhere', () => {
  const g = tf
    .grad((x) => sum(x))(tf.fill([3000], 0.5))
    .dataSync();
  expect(new Set(g)).toEqual(new Set([1]));
});

test('the sum of no entries is 0, and its gradient has none', () => {
  expect(sum(tf.zeros([0])).dataSync()[0]).toBe(0);
  expect(dot(tf.zeros([0, 3]), tf.zeros([0, 3])).dataSync()[0]).toBe(0);
  expect(tf.grad((x) => sum(x))(tf.zeros([0, 3])).shape).toEqual([0, 3]);
});
