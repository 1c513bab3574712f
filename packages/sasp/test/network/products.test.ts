import * as tf from '@tensorflow/tfjs-core';
import { expectClose, normal, valuesOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { variants } from '../../src/layers/products.js';

describe.each(Object.entries(variants))('products for %s', (_, products) => {
  test.each([
    [1, 1, 1],
    [3, 5, 4],
    [4, 2, 7],
    [8, 9, 3],
  ])('%i × %i × %i', (m, k, n) => {
    const [a, b, bT, aT] = [
      normal([m, k], 1),
      normal([k, n], 2),
      normal([n, k], 3),
      normal([k, m], 4),
    ] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    expectClose(products.times(a, b), tf.matMul(a, b), 1e-6);
    expectClose(products.timesTransposed(a, bT), tf.matMul(a, bT, false, true), 1e-6);
    expectClose(products.transposedTimes(aT, b), tf.matMul(aT, b, true), 1e-6);
    expect(valuesOf(a)).toEqual(valuesOf(normal([m, k], 1)));
  });
});
