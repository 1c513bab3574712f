import * as tf from '@tensorflow/tfjs-core';
import { finiteEntries } from '@toploss/core/kit';
import { valuesOf } from '@toploss/testing';
import { expect, test } from 'vitest';

const x = [0, -1e-38, 3.4e38, -3.4e38, Number.NaN, Infinity, -Infinity];
const isOne = [1, 1, 1, 1, 0, 0, 0];

test('which entries are finite', () => {
  expect(valuesOf(finiteEntries(tf.tensor1d(x)))).toEqual(isOne);
});

test('which entries are finite on a backend without a kernel for it, as wasm of tfjs 4.0', () => {
  const kernel = tf.getKernel('IsFinite', tf.getBackend());
  tf.unregisterKernel('IsFinite', tf.getBackend());
  try {
    expect(() => tf.isFinite(tf.tensor1d(x))).toThrow('not registered');
    const actual = finiteEntries(tf.tensor2d(x, [7, 1]));
    expect(valuesOf(actual)).toEqual(isOne);
    expect([actual.dtype, actual.shape]).toEqual(['bool', [7, 1]]);
  } finally {
    tf.registerKernel(kernel);
  }
});
