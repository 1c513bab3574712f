import * as tf from '@tensorflow/tfjs-core';
import { expectClose, normal } from '@toploss/testing';
import { expect, test } from 'vitest';
import { dotsOfRows, matrixOf, transposed } from '../src/layers/matrices.js';

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
