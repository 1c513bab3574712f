import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { profile } from '../src/profile.js';

test('by hand', async () => {
  const x = tf.ones([100]);
  let steps = 0;
  const { every, second } = await profile(
    {
      // x + 1 and its square; of x as a column, nothing is computed
      every: () => tf.tidy(() => tf.square(tf.add(tf.reshape(x, [100, 1]), 1))),
      second: () => tf.tidy(() => steps++ % 2 === 0 && tf.neg(x)),
    },
    2,
  );
  expect(every?.operations).toBe(2);
  expect(Object.keys(every?.kernels ?? {})).toEqual(['Add', 'Square']);
  expect(second?.operations).toBe(0.5);
  expect([second?.tensors, second?.bytes]).toEqual([1, 400]);
  x.dispose();
});
