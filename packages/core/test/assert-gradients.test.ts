import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { assertGradients, hessianVectorProduct, trainStep } from '../src/index.js';
import { gradientsOf } from '../src/kit/index.js';

/** Runs f as if tfjs had no gradients. */
function withoutGradients(f: () => void) {
  const registered = tf.getGradient('Sum');
  tf.unregisterGradient('Sum');
  try {
    f();
  } finally {
    tf.registerGradient({ ...registered, kernelName: 'Sum' });
  }
}

const advice = /^core: .* Received: none\. Add `import '@toploss\/core\/gradients'`, .*\.$/;

test('by hand: no gradient of Sum, then one', () => {
  withoutGradients(() => {
    expect(() => assertGradients()).toThrow(advice);
  });
  expect(() => assertGradients()).not.toThrow();
  // and it is the right one: ∂Σx/∂x = 1
  expect(
    Array.from(
      tf
        .grad((x) => tf.sum(x))(tf.ones([2]))
        .dataSync(),
    ),
  ).toEqual([1, 1]);
});

test('everything that trains says how to get them, and leaves nothing behind', () => {
  const w = tf.variable(tf.scalar(1), true, 'w');
  const v = { w: tf.scalar(1) };
  const optimizer = tf.train.sgd(1);
  const { numTensors } = tf.memory();
  const loss = () => tf.square(w) as tf.Scalar;
  const step = trainStep({ optimizer, terms: [] });
  withoutGradients(() => {
    expect(() => trainStep({ optimizer, terms: [] })).toThrow(advice);
    expect(() => step(() => ({ loss: loss() }))).toThrow(advice);
    expect(() => gradientsOf('test', loss, [w])).toThrow(advice);
    expect(() => hessianVectorProduct(loss, [w], v)).toThrow(advice);
  });
  expect(w.dataSync()[0]).toBe(1);
  expect(tf.memory().numTensors).toBe(numTensors);
  w.dispose();
});
