import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { closedForm } from '../src/kit/index.js';

test('by hand: f = xy with the gradients y and x', () => {
  const product = (x: tf.Tensor, y: tf.Tensor) =>
    closedForm([x, y], () => ({ value: tf.mul(x, y), grads: [y, x] }));
  // 5·f at (2, 7): the value is 70, the gradients are 5·7 and 5·2
  expect(tf.mul(5, product(tf.scalar(2), tf.scalar(7))).dataSync()[0]).toBe(70);
  const [dx, dy] = tf.grads((x, y) => tf.mul(5, product(x, y)))([tf.scalar(2), tf.scalar(7)]);
  expect([dx?.dataSync()[0], dy?.dataSync()[0]]).toEqual([35, 10]);
});

test('the gradients may be left to a pullback', () => {
  const square = (x: tf.Tensor) =>
    closedForm([x], () => ({
      value: tf.mul(x, x),
      saved: [x],
      pullback: (dy, [x]) => [tf.mul(dy, tf.mul(2, x as tf.Tensor))],
    }));
  const slope = tf.grad((x) => tf.mul(5, square(x)))(tf.scalar(3));
  expect(slope.dataSync()[0]).toBe(30);
});

test('the gradients may be made from intermediates, and nothing leaks', () => {
  const x = tf.tensor1d([1, 2]);
  const f = (y: tf.Tensor) =>
    closedForm([y], () => {
      const exp = tf.exp(y);
      return { value: tf.sum(exp), grads: [tf.mul(exp, 1)] };
    });
  const { numTensors } = tf.memory();
  for (let k = 0; k < 100; k++) {
    tf.tidy(() => {
      const g = tf.grad(f)(x).dataSync();
      expect(g[1]).toBeCloseTo(Math.exp(2), 4);
    });
    f(x).dispose();
  }
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('an input given twice gets both gradients; what is closed over gets none', () => {
  const [x, y] = [tf.scalar(2), tf.scalar(3)];
  // f(x, x; y) with the gradients 1 and 10, so 11 in all
  const f = (x: tf.Tensor, y: tf.Tensor) =>
    closedForm([x, x], () => ({
      value: tf.mul(x, y) as tf.Scalar,
      grads: [tf.scalar(1), tf.scalar(10)],
    }));
  const [dx, dy] = tf.grads((x, y) => tf.add(f(x, y), tf.mul(0, y)))([x, y]);
  expect([dx?.dataSync()[0], dy?.dataSync()[0]]).toEqual([11, 0]);
});

test('operations inside need no gradient of their own', () => {
  // tfjs has none for ArgMax.
  const f = (x: tf.Tensor) =>
    closedForm([x], () => ({ value: tf.cast(tf.argMax(x), 'float32'), grads: [tf.onesLike(x)] }));
  expect(
    Array.from(
      tf
        .grad(f)(tf.tensor1d([1, 5, 2]))
        .dataSync(),
    ),
  ).toEqual([1, 1, 1]);
});

test('an f that throws leaves nothing behind', () => {
  const x = tf.scalar(1);
  const { numTensors } = tf.memory();
  const broken = () =>
    closedForm([x], () => {
      tf.square(x);
      throw new Error('oh');
    });
  expect(broken).toThrow('oh');
  expect(tf.memory().numTensors).toBe(numTensors);
});
