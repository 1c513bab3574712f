import * as tf from '@tensorflow/tfjs-core';
import { sbmp, sbmpPenalty } from '@toploss/sbmp';
import { expectClose, expectThrows, onDevice } from '@toploss/testing';
import { test } from 'vitest';

test.skipIf(onDevice())('log 2 is not lost beside logits of 1e30', () => {
  // p = [1, 0], q = [½, ½]: KL(p ‖ q) = log 2
  const [z, zHat] = [tf.tensor2d([1e30, -1e30], [1, 2]), tf.tensor2d([1e30, 1e30], [1, 2])];
  const phi = sbmpPenalty(z, () => tf.clone(zHat), tf.ones([1, 1]), { symmetric: false });
  expectClose(phi, Math.LN2);
});

test.skipIf(onDevice())('nor are small logits beside large ones of the other side', () => {
  // p = [1, 0], q = softmax [0, log 3] = [¼, ¾]: KL(p ‖ q) = log 4
  const [z, zHat] = [tf.tensor2d([3e38, 0], [1, 2]), tf.tensor2d([0, Math.log(3)], [1, 2])];
  const phi = sbmpPenalty(z, () => tf.clone(zHat), tf.ones([1, 1]), { symmetric: false });
  expectClose(phi, Math.log(4));
});

test('a step that is no count', () => {
  const z = tf.ones([1, 2]);
  const inputs = { logits: z, modelFn: () => tf.clone(z), embeddings: z };
  const call = () => sbmp({ seed: 1 }).penalty(inputs, 'x' as never);
  expectThrows(call, /^sbmp: expected `step` to be an integer ≥ 0/);
});
