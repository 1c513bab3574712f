import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { stopGradient } from '../src/index.js';

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
  if (tf.getBackend() === 'cpu') {
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers); // a clone is a copy on wasm
  }
  expect(Array.from(stopped.dataSync())).toEqual([1, 2, 3, 4]);
  stopped.dispose();
  tf.tidy(() => {
    const g = tf.grad((y) => tf.sum(tf.mul(stopGradient(stopGradient(y)), y)))(x);
    expect(Array.from(g.dataSync())).toEqual([1, 2, 3, 4]);
  });
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('a product with a stopped factor, against the same with a constant', () => {
  const x = tf.tensor1d([0.5, -2, 3]);
  const constant = tf.sigmoid(x);
  const g = tf.grad((y) => tf.sum(tf.mul(stopGradient(tf.sigmoid(y)), tf.square(y))))(x);
  const expected = tf.mul(tf.mul(2, constant), x);
  expect(Array.from(g.dataSync())).toEqual(Array.from(expected.dataSync()));
});

test('a variable may be stopped; changing it later does not change the result', () => {
  const theta = tf.variable(tf.scalar(2));
  const stopped = stopGradient(theta as tf.Tensor);
  theta.assign(tf.scalar(5));
  expect(stopped.dataSync()[0]).toBe(2);
  theta.dispose();
});
