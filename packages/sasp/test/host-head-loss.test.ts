import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectSame, normal, valuesOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { headLossOfOperations } from '../src/head/formula.js';
import type { HeadInputs } from '../src/head/inputs.js';
import type { HeadLossOptions } from '../src/head/loop.js';
import { hostLoss } from './head.js';

const options: HeadLossOptions[] = (['softmax', 'sigmoid', 'linear'] as const).flatMap((head) =>
  (['fisher', 'hessian'] as const).flatMap((curvature) =>
    [true, false].flatMap((includeBias) =>
      [
        { loss: true, lambda: 0.3 },
        { loss: true, lambda: 0 },
        { loss: false, lambda: 1 },
        { loss: false, lambda: 0 },
      ].map((parts) => ({ head, curvature, includeBias, ...parts })),
    ),
  ),
);

const C = 5;
const shared = { logits: normal([6, C], 1, 3), features: normal([6, 4], 2) } as Pick<
  HeadInputs,
  'logits' | 'features'
>;
const soft = tf.softmax(normal([6, C], 3)) as tf.Tensor2D;
const index = tf.tensor1d([0, 4, 2, 1, 1, 3], 'int32');
const mask = tf.tensor1d([1, 0, 1, 1, 0, 1]);
const nothing = tf.zeros([6]) as tf.Tensor1D;

/** The loop against the operations. */
function expectEqual(inputs: HeadInputs, options: HeadLossOptions, tolerance = 2e-5) {
  const [host, operations] = [hostLoss(inputs, options), headLossOfOperations(inputs, options)];
  for (const key of ['value', 'dLogits', 'dFeatures'] as const) {
    expectClose(host[key], operations[key], tolerance, 1e-7);
  }
}

describe.each(options)('the loop and the operations are equal: %o', (options) => {
  test('soft targets', () => expectEqual({ ...shared, targets: soft }, options));
  test('under a mask', () => expectEqual({ ...shared, targets: soft, mask }, options));
  test('under a mask of nothing', () => {
    const inputs = { ...shared, targets: soft, mask: nothing };
    expectEqual(inputs, options);
    expectSame(hostLoss(inputs, options).value, [0]);
  });
  if (options.head === 'softmax') {
    test('class indices', () => expectEqual({ ...shared, targets: index }, options));
    test('class indices under a mask, what is hidden being out of range', () => {
      const targets = tf.tensor1d([0, -7, 2, 1, 99, 3], 'int32');
      const logits = tf.where(tf.equal(tf.reshape(mask, [6, 1]), 1), shared.logits, Number.NaN);
      expectEqual({ ...shared, logits: logits as tf.Tensor2D, targets, mask }, options);
    });
  }
  test('integer targets of rank 2', () => {
    const targets = tf.oneHot(index, C) as tf.Tensor2D;
    expectEqual({ ...shared, targets }, options);
  });
});

test('so many features that wasm scales them by an operation', () => {
  // 6·400 entries; what the mask hides is 0 in the gradient, whatever it was.
  const features = normal([6, 400], 5) as tf.Tensor2D;
  const hidden = tf.where(tf.equal(tf.reshape(mask, [6, 1]), 1), features, Number.NaN);
  const [option] = options as [HeadLossOptions];
  expectEqual({ ...shared, features, targets: soft }, option);
  expectEqual({ ...shared, features: hidden as tf.Tensor2D, targets: soft, mask }, option);
});

test('so many features of 0 have gradients of 0, however large the error of one example', () => {
  // Σ (1e20)² = 1e40 is beyond float32; of the other example c = ‖(2, 1) − (1, 1)‖² = 1, and h = 0 too
  const features = tf.zeros([2, 1200]) as tf.Tensor2D;
  const logits = tf.tensor2d([
    [1e20, 1],
    [2, 1],
  ]);
  const inputs = { logits, features, targets: tf.ones([2, 2]) as tf.Tensor2D };
  const option = { head: 'linear', curvature: 'fisher', includeBias: false } as const;
  const loss = hostLoss(inputs, { ...option, loss: false, lambda: 1 });
  expectSame(loss.dFeatures, features);
});

test('classes that are masked by −∞, and logits of ±1e4', () => {
  const masked = tf.tensor2d([[1, -Infinity, 2, 0, 3]]);
  const steep = tf.tensor2d([[1e4, -1e4, 0, 5, 1e4]]);
  const y = tf.tensor1d([2], 'int32');
  for (const curvature of ['fisher', 'hessian'] as const) {
    const options = {
      head: 'softmax',
      curvature,
      includeBias: true,
      loss: true,
      lambda: 1,
    } as const;
    for (const logits of [masked, steep]) {
      const inputs = { logits, features: normal([1, 3], 4) as tf.Tensor2D, targets: y };
      expectEqual(inputs, options);
      const values = valuesOf(hostLoss(inputs, options).dLogits);
      expect(values.every(Number.isFinite)).toBe(true);
    }
  }
});

test('at a margin of 20 every entry of the gradient keeps its digits', () => {
  const others = [0, 0.5, -1, 0.25];
  const logits = tf.tensor2d([[20, ...others]]);
  const sum = others.reduce((total, z) => total + Math.exp(z - 20), 0);
  // e of the true class is p − 1 = −Σ others/(1 + Σ), of the others p
  const expected = [-sum, ...others.map((z) => Math.exp(z - 20))].map((x) => x / (1 + sum));
  const options = { head: 'softmax', curvature: 'fisher', includeBias: true } as const;
  const inputs = {
    logits,
    features: tf.zeros([1, 2]) as tf.Tensor2D,
    targets: tf.tensor1d([0], 'int32'),
  };
  const { dLogits } = hostLoss(inputs, { ...options, loss: true, lambda: 0 });
  for (const [k, x] of valuesOf(dLogits).entries()) {
    expect(Math.abs(x / (expected[k] as number) - 1)).toBeLessThan(1e-6);
  }
});
