import * as tf from '@tensorflow/tfjs-core';
import { expectClose, normal, valuesOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { dotsOfRows, matrixOf, transposed } from '../../src/network/matrices.js';
import { variants } from '../../src/network/products.js';

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

test.each([
  [1, 1, 1],
  [3, 5, 4],
  [4, 2, 7],
  [8, 9, 3],
])('dot products of rows, %i × %i × %i', (m, k, n) => {
  const [a, b] = [normal([m, k], 1), normal([n, k], 2)] as [tf.Tensor2D, tf.Tensor2D];
  const product = dotsOfRows(matrixOf(a), matrixOf(b));
  expectClose(product.values, tf.matMul(a, b, false, true), 1e-6);
  expect([product.m, product.n]).toEqual([m, n]);
  expectClose(transposed(matrixOf(a)).values, tf.transpose(a), 0);
});
