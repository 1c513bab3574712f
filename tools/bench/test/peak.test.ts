import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { peak } from '../src/peak.js';

const step = () =>
  tf.tidy(() => {
    tf.dispose(tf.tensor1d([1, 2, 3])); // 12 bytes, and gone
    tf.tensor1d([1, 2]);
    tf.tensor1d([1, 2]);
  });

test('by hand', () => {
  // two tensors of two float32 at a time: 16 bytes, and more than the 12 before
  expect(peak('numTensors', step)).toBe(2);
  expect(peak('numBytes', step)).toBe(16);
});

test('leaves the counts as they are, and counting', () => {
  const before = tf.memory();
  peak('numTensors', step);
  expect(() =>
    peak('numBytes', () => {
      throw new Error('in a step');
    }),
  ).toThrow('in a step');
  expect(tf.memory()).toEqual(before);
  const x = tf.tensor1d([1]);
  expect(tf.memory().numTensors).toBe(before.numTensors + 1);
  expect(tf.memory().numBytes).toBe(before.numBytes + 4);
  x.dispose();
});
