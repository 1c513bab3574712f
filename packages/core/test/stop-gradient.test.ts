import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { closedForm, stopGradient } from '../src/index.js';

test('by hand: x · sg(x) has the gradient sg(x)', () => {
  // f = x sg(x) at x = 3: f = 9, f′ = 3, where x² would have 6
  const f = (x: tf.Tensor) => tf.mul(x, stopGradient(x));
  expect(f(tf.scalar(3)).dataSync()[0]).toBe(9);
  expect(tf.grad(f)(tf.scalar(3)).dataSync()[0]).toBe(3);
});

test('it nests, keeps shape and type, copies nothing and leaks nothing', () => {
  const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const { numTensors, numDataBuffers } = tf.memory();
  const stopped: tf.Tensor2D = stopGradient(x);
  expect(tf.memory().numDataBuffers).toBe(numDataBuffers);
  expect(Array.from(stopped.dataSync())).toEqual([1, 2, 3, 4]);
  stopped.dispose();
  tf.tidy(() => {
    const g = tf.grad((y) => tf.sum(tf.mul(stopGradient(stopGradient(y)), y)))(x);
    expect(Array.from(g.dataSync())).toEqual([1, 2, 3, 4]);
  });
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('closedForm, by hand: f = xy with the gradients y and x', () => {
  const product = (x: tf.Tensor, y: tf.Tensor) =>
    closedForm([x, y], () => ({ value: tf.mul(x, y), grads: [y, x] }));
  // 5·f at (2, 7): the gradients are 5·7 and 5·2
  const [dx, dy] = tf.grads((x, y) => tf.mul(5, product(x, y)))([tf.scalar(2), tf.scalar(7)]);
  expect([dx?.dataSync()[0], dy?.dataSync()[0]]).toEqual([35, 10]);
});

test('closedForm may make its gradients from intermediates, and leaks nothing', () => {
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
