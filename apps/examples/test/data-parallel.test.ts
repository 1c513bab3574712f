import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { meetingPlace, replica } from '../src/data-parallel/all-reduce.js';
import { meanOver, proxyOver, withMeanGradient } from '../src/data-parallel/averages.js';

// In threads, with every term: apps/experiments/test/distributed.test.ts.

test('by hand', () => {
  // Of the batch 1, 2, 3, 6 this replica has the first, the other one the rest: shares ¼ and ¾.
  // ℓ = mean θx = 3 at θ = 1, where ℓ₁ = 1 and ℓ₂ = 11/3; ∂ℓ/∂θ = 3 likewise.
  const { value, grad } = tf.valueAndGrad((theta: tf.Tensor) => {
    const group = { start: 0, share: 0.25, sum: (own: Float32Array) => own.map((x) => x + 11 / 4) };
    return meanOver(group, tf.mul(withMeanGradient(group, theta), 1));
  })(tf.scalar(1)) as never as { value: tf.Tensor; grad: tf.Tensor };
  expect(value.arraySync()).toBeCloseTo(3, 6);
  expect(grad.arraySync()).toBeCloseTo(3, 6);
  // κ = Σ (1/B)² = 4/16; of the replicas 1 and 3/9: ¼² · 1 + ¾² · ⅓ = ¼.
  const other = { start: 0, share: 0.25, sum: (own: Float32Array) => own.map((x) => x + 9 / 48) };
  expect(proxyOver(other, tf.scalar(1)).arraySync()).toBeCloseTo(0.25, 6);
});

test('what does not fit into the memory where they meet is refused', () => {
  const only = replica(meetingPlace(1, 2), 0, { start: 0, share: 1 });
  expect(only.sum(Float32Array.of(1, 2))).toEqual(Float32Array.of(1, 2));
  expect(() => only.sum(new Float32Array(3))).toThrow(RangeError);
});
