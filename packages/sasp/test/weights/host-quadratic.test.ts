import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import { expectClose, normal } from '@toploss/testing';
import { expect, test } from 'vitest';
import { quadraticOfOperations } from '../../src/trace/quadratic.js';
import { hostQuadratic } from '../../src/trace/quadratic-loop.js';

const HEADS: Head[] = ['softmax', 'sigmoid', 'linear'];
const SIGMA = 2 ** -6;

test.each(HEADS)('one loop is the operations: %s, rows of two axes', (head) => {
  const z = normal([3, 4, 5], 1, 2);
  const moved = tf.add(z, normal([3, 4, 5], 2, SIGMA));
  const looped = hostQuadratic(head, z, moved, SIGMA);
  const operations = quadraticOfOperations(head, z, moved, SIGMA);
  if (tf.getBackend() === 'cpu' || tf.getBackend() === 'wasm') {
    expectClose(looped?.value as tf.Scalar, operations.value);
    expectClose(looped?.grads[0] as tf.Tensor, operations.grads[0] as tf.Tensor);
    expectClose(looped?.grads[1] as tf.Tensor, operations.grads[1] as tf.Tensor);
  } else {
    expect(looped).toBeUndefined();
  }
});

test('a certain prediction keeps its digits: p(1 − p) Δ² at a margin of 40', () => {
  const looped = hostQuadratic('softmax', tf.tensor2d([[40, 0]]), tf.tensor2d([[40, 0.5]]), 0.5);
  if (looped !== undefined) {
    const p = 1 / (1 + Math.exp(40));
    expect((looped.value.dataSync()[0] as number) / p).toBeCloseTo(1, 6);
  }
});

test('a class that is −∞ in both passes has no part', () => {
  const z = tf.tensor2d([[1, Number.NEGATIVE_INFINITY, 2]]);
  const moved = tf.tensor2d([[1.5, Number.NEGATIVE_INFINITY, 2]]);
  const without = hostQuadratic('softmax', tf.tensor2d([[1, 2]]), tf.tensor2d([[1.5, 2]]), 0.5);
  const masked = hostQuadratic('softmax', z, moved, 0.5);
  if (masked !== undefined && without !== undefined) {
    expectClose(masked.value, without.value);
    expect(masked.grads[0]?.dataSync()[1]).toBe(0);
  }
});
