import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { surrogate } from '../src/index.js';

test('by hand: the surrogate has the gradient c and the value ⟨c, θ⟩', () => {
  const theta = tf.variable(tf.tensor1d([2, 3]));
  // c = (10, −1): ⟨c, θ⟩ = 20 − 3 = 17
  const c = tf.tensor1d([10, -1]);
  const { value, grads } = tf.variableGrads(() => surrogate({ theta: c }, { theta }), [theta]);
  expect(value.dataSync()[0]).toBe(17);
  expect(Array.from((grads[theta.name] as tf.Tensor).dataSync())).toEqual([10, -1]);
  theta.dispose();
});

test('c is frozen: what it was made from gets no gradient', () => {
  const theta = tf.variable(tf.tensor1d([2, -3]), true, 'frozen');
  // c = θ²: the gradient is c = (4, 9), and not ∇Σθ³ = 3θ²
  const { grads } = tf.variableGrads(() => surrogate({ a: tf.square(theta) }, { a: theta }));
  expect(Array.from((grads.frozen as tf.Tensor).dataSync())).toEqual([4, 9]);
  theta.dispose();
});

test('several parameters of any shape; those without a correction stay out', () => {
  const params = { a: tf.ones([2, 2]), b: tf.scalar(3), c: tf.ones([4]) };
  const correction = { b: tf.scalar(-2), a: tf.fill([2, 2], 0.5) };
  const { numTensors } = tf.memory();
  const [value] = tf.tidy(() => surrogate(correction, params).dataSync());
  expect(value).toBe(-4); // 4 · .5 − 2 · 3
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(surrogate({}, params).dataSync()[0]).toBe(0);
});

test('names and shapes belong together', () => {
  const theta = tf.ones([2]);
  expect(() => surrogate({ theta: tf.ones([3, 2]) }, { theta })).toThrow(/of shape \[3, 2\]\. /);
  expect(() => surrogate({ other: theta }, { theta })).toThrow(
    /^core.surrogate: expected `params.other` to be a tensor .* Received: undefined\.$/,
  );
  expect(() => surrogate({ theta: tf.ones([3]) }, { theta })).toThrow(
    /^core.surrogate: expected `params.theta` of shape \[3\]\. Received: float32 \[2\]\.$/,
  );
});
