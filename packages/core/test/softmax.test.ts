import * as tf from '@tensorflow/tfjs-core';
import { SoftmaxRow, softmax, softmaxRow } from '@toploss/core/kit';
import { expectClose, normal, valuesOf } from '@toploss/testing';
import { expect, test } from 'vitest';

/** Of z = (20, 0, 1): what is left to the likely class's 1. */
const rest = Math.exp(-20) + Math.exp(-19);
const q = rest / (1 + rest);

test('1 − p keeps its digits at a margin of 20, in operations and in a loop', () => {
  const logits = [20, 0, 1];
  const operations = valuesOf(softmax(tf.tensor2d([logits])).q);
  expect((operations[0] as number) / q).toBeCloseTo(1, 5);
  const row = new SoftmaxRow(3);
  softmaxRow(Float32Array.from([7, ...logits]), 1, row);
  expect((row.q[0] as number) / q).toBeCloseTo(1, 10);
  expect(row.likely).toBe(0);
  expect(row.largest).toBe(20);
  expect(row.logSum / rest).toBeCloseTo(1, 7);
});

test('p and 1 − p of a row are those of the operations', () => {
  const z = normal([1, 6], 3, 2);
  const row = new SoftmaxRow(6);
  softmaxRow(z.dataSync(), 0, row);
  const { p, q, isLikely, isOther } = softmax(z);
  expectClose(p, Array.from(row.p), 1e-6);
  expectClose(q, Array.from(row.q), 1e-6);
  expectClose(tf.add(tf.cast(isLikely, 'float32'), isOther), tf.ones([1, 6]));
});

test('a class that is masked has no part, and a logit that is NaN makes NaN of all', () => {
  const row = new SoftmaxRow(3);
  softmaxRow([1, Number.NEGATIVE_INFINITY, 1], 0, row);
  expect(Array.from(row.p)).toEqual([0.5, 0, 0.5]);
  softmaxRow([1, Number.NaN, 2], 0, row);
  expect(row.p.every(Number.isNaN)).toBe(true);
});
