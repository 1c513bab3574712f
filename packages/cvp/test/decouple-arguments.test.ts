import * as tf from '@tensorflow/tfjs-core';
import { type Cvp, cvp } from '@toploss/cvp';
import { expectFinite, expectThrows } from '@toploss/testing';
import { test } from 'vitest';

const decouple = (options: object) =>
  cvp({ ...options, decoupled: true }).decouple as NonNullable<Cvp['decouple']>;

test('the step says what it is missing', () => {
  const w = tf.ones([1, 1]);
  const step = decouple({});
  expectThrows(() => step(null as never, 0.1), /^cvp: expected `params` to be an object/);
  expectThrows(() => step({ w: 1 } as never, 0.1), /^cvp: expected `params.w` to be a tensor/);
  expectThrows(() => step({ w }, 0), /^cvp: expected `learningRate` to be a finite number > 0/);
  expectThrows(() => step({ w }, 0.1)({}), /^cvp: expected `updated.w` to be a tensor/);
});

test.each(['rms', 'none'] as const)('a long step in units of a small rate, %s', (normalize) => {
  // (3e38 − ½)/0.1 is beyond float32, and 0·∞ is NaN
  const [w, updated] = [tf.tensor2d([[3e38, 0]]), tf.tensor2d([[0.5, 0]])];
  const result = decouple({ lambda: 1e-3, normalize })({ w }, 0.1)({ w: updated });
  expectFinite(result.params.w as tf.Tensor);
});
