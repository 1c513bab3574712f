import * as tf from '@tensorflow/tfjs-core';
import { composite } from '@toploss/composite';
import { trainStep } from '@toploss/core';
import { expectSame, expectThrows } from '@toploss/testing';
import { expect, test } from 'vitest';

test('a part that returns no scalar is named', () => {
  for (const penalty of [undefined, [tf.scalar(1)], tf.ones([2]), 1, Promise.resolve(1)]) {
    const part = { name: 'mine', penalty: () => penalty as tf.Scalar };
    expectThrows(() => composite([part]).penalty({}), /^mine: expected `penalty` .*Received: /);
  }
});

test('a caller’s array may change after the call', () => {
  const w = tf.variable(tf.scalar(3));
  const terms = [{ name: 'square', penalty: () => tf.square(w) as tf.Scalar }];
  const both = composite(terms);
  terms.push({ name: 'late', penalty: () => expect.fail('it came too late') });
  expectSame(both.penalty({}), [9]);
  const step = trainStep({ optimizer: tf.train.sgd(0.5), terms: [both] });
  terms.length = 0;
  // θ − ½ (1 + 2θ) = 3 − ½ · 7
  tf.dispose(step(() => ({ loss: tf.mul(w, 1) as tf.Scalar })));
  expectSame(w, [-0.5]);
});
