import * as tf from '@tensorflow/tfjs-core';
import { composite } from '@toploss/composite';
import { expectThrows } from '@toploss/testing';
import { test } from 'vitest';

test('a part that returns no scalar is named', () => {
  for (const penalty of [undefined, [tf.scalar(1)], tf.ones([2]), 1]) {
    const part = { name: 'mine', penalty: () => penalty as tf.Scalar };
    expectThrows(() => composite([part]).penalty({}), /^mine: expected `penalty` .*Received: /);
  }
});
