import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { template, templatePenalty } from '@toploss/template';
import { expectClose, expectThrows } from '@toploss/testing';
import { expect, test } from 'vitest';

test('by hand', () => {
  // z = (1, 2), (0, 3): Φ = ½ (5 + 9)/2 = 3.5, ∂Φ/∂z = z/2
  const logits = tf.tensor2d([1, 2, 0, 3], [2, 2]);
  const { value, grad } = tf.valueAndGrad((z) => templatePenalty(z))(logits);
  expectClose(value, 3.5, 1e-6);
  expectClose(grad, [0.5, 1, 0, 1.5], 1e-6);
});

test('law: at z/s it is Φ/s²', () => {
  const logits = tf.randomNormal<tf.Rank.R2>([4, 3], 0, 1, 'float32', 1);
  const smaller = templatePenalty(tf.div(logits, 5));
  expectClose(smaller, tf.div(templatePenalty(logits), 25), 1e-5);
});

test('law: no square is beyond float32 where their mean is not', () => {
  // ½ · 2.5²·1e38/2, of squares that are 6.25e38 before they are divided
  const logits = tf.tensor2d([2.5e19, 0], [2, 1]);
  expectClose(tf.div(templatePenalty(logits), 1e38), 1.5625, 1e-5);
});

test('what is no matrix, or empty, is refused', () => {
  const [vector, empty, gone] = [tf.ones([3]), tf.zeros([0, 2]), tf.ones([3, 2])];
  gone.dispose();
  for (const bad of [vector, empty, gone, [[1, 2]], undefined]) {
    const call = () => templatePenalty(bad as unknown as tf.Tensor);
    expectThrows(call, /^template: expected `logits` .*of shape \[B, C\].*Received: /);
  }
});

test('in trainStep it shortens the logits', () => {
  const w = tf.variable(tf.tensor2d([1, -2], [1, 2]));
  const step = trainStep({ optimizer: tf.train.sgd(0.5), terms: [template({ lambda: 1 })] });
  const x = tf.ones([1, 1]);
  // z = w, ∂Φ/∂w = w: w ← w − ½ w
  const losses = step(() => {
    const logits = tf.matMul(x, w);
    return { loss: tf.mul(0, tf.sum(logits)), logits };
  });
  expect(Object.keys(losses)).toContain('template');
  expectClose(w, [0.5, -1], 1e-6);
  tf.dispose([losses, w]);
});
