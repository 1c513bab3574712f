import * as tf from '@tensorflow/tfjs-core';
import { cvp } from '@toploss/cvp';
import { expectFinite, expectNoLeak, expectThrows } from '@toploss/testing';
import { test } from 'vitest';

const decouple = (options: object) => cvp({ ...options, decoupled: true }).decouple;

test('the step says what it is missing', () => {
  const w = tf.ones([1, 1]);
  const step = decouple({});
  expectThrows(() => step(null as never, 0.1), /^cvp: expected `params` to be an object/);
  expectThrows(() => step({ w: 1 } as never, 0.1), /^cvp: expected `params.w` to be a tensor/);
  for (const rate of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expectThrows(
      () => step({ w }, rate),
      /^cvp: expected `learningRate` to be a finite number ≥ 0/,
    );
  }
  expectThrows(() => step({ w }, 0.1)({}), /^cvp: expected `updated.w` to be a tensor/);
});

test('a correction has a gradient for every parameter, a penalty for one at least', () => {
  const [v, w] = [tf.ones([1, 1]), tf.ones([1, 1])];
  const { correct, penalty } = cvp();
  expectThrows(() => correct({ v, w: null as never }, { v, w }), /^cvp: expected `grads.w` to be/);
  expectNoLeak(() => penalty({ params: { v, w }, grads: { v, w: null } }));
  expectThrows(
    () => penalty({ params: { v, w }, grads: { v: null, w: null } }),
    /^cvp: expected `grads` to hold at least one gradient/,
  );
  expectThrows(
    () => penalty({ params: { v, w }, grads: { v, w, u: w } }),
    /^cvp: expected `grads` to have keys among v, w\. Received: "u"\.$/,
  );
});

test.each(['rms', 'none'] as const)('a long step in units of a small rate, %s', (normalize) => {
  // (3e38 − ½)/0.1 is beyond float32, and 0·∞ is NaN
  const [w, updated] = [tf.tensor2d([[3e38, 0]]), tf.tensor2d([[0.5, 0]])];
  const result = decouple({ lambda: 1e-3, normalize })({ w }, 0.1)({ w: updated });
  expectFinite(result.params.w as tf.Tensor);
});
