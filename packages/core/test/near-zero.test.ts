import * as tf from '@tensorflow/tfjs-core';
import { expm1, log1p } from '@toploss/core/kit';
import { expectEachClose, expectSame, valuesOf } from '@toploss/testing';
import { expect, test } from 'vitest';

const near = [0, 1e-30, -1e-30, 1e-10, -1e-7, 1e-7, 3e-4, -0.01, 0.1, 0.2, 0.25, -0.25];
const far = [0.2501, -0.2501, 0.3, -0.49, 0.5, -0.5001, 0.51, 1, 7.5];

test('log(1 + x), every digit of it', () => {
  const x = [...near, ...far, -0.999, 1e6];
  const actual = log1p(tf.tensor1d(x));
  expectEachClose(
    actual,
    x.map((x) => Math.log1p(Math.fround(x))),
    2e-6,
  );
  expectSame(log1p(tf.tensor1d([-1])), tf.log(tf.tensor1d([0]))); // −∞; on WebGPU it is −88
});

test('e^x − 1, every digit of it', () => {
  const x = [...near, ...far, -7.5, -80, 40];
  const actual = expm1(tf.tensor1d(x));
  expectEachClose(
    actual,
    x.map((x) => Math.expm1(Math.fround(x))),
    2e-6,
  );
  expect(valuesOf(expm1(tf.tensor1d([-Infinity, Infinity])))).toEqual([-1, Infinity]);
});
