import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectNoLeak } from '@toploss/testing';
import { expect, test } from 'vitest';
import { l2Step, sharpnessAwareGradients } from '../src/baselines.js';
import { createNetwork } from '../src/network.js';

test('by hand: SAM has the gradient uphill, and comes back', () => {
  // L = (w₁² + 4 w₂²)/2 at (3, 1): g = (3, 4), ‖g‖ = 5; with ρ = ½ uphill is (3.3, 1.4), where g = (3.3, 5.6).
  const w = tf.variable(tf.tensor1d([3, 1]), true, 'w');
  const loss = () => tf.div(tf.sum(tf.mul([1, 4], tf.square(w))), 2) as tf.Scalar;
  expectClose(sharpnessAwareGradients(loss, [w], 0.5).w as tf.Tensor, [3.3, 5.6]);
  expect([...w.dataSync()]).toEqual([3, 1]);
  expectClose(sharpnessAwareGradients(loss, [w], 0).w as tf.Tensor, [3, 4]);
  expectNoLeak(() => tf.dispose(sharpnessAwareGradients(loss, [w], 0.5)));
});

test('L2 alone moves kernels toward zero, and no bias', () => {
  const network = createNetwork(1);
  const images = tf.zeros<tf.Rank.R2>([4, 64]);
  const oneHot = tf.fill<tf.Rank.R2>([4, 10], 0.1); // the prediction for black images: no gradient of the loss
  const [kernel, bias] = network.params as [tf.Variable, tf.Variable];
  const before = tf.tidy(() => tf.sum(tf.abs(kernel)).dataSync()[0] as number);
  const step = l2Step(network, 1);
  step.take({ positions: tf.tensor1d([0, 1, 2, 3], 'int32'), images, oneHot });
  expect(tf.tidy(() => tf.sum(tf.abs(kernel)).dataSync()[0] as number)).toBeLessThan(before);
  expect(Math.max(...bias.dataSync().map(Math.abs))).toBeLessThan(1e-6);
  step.dispose();
});
