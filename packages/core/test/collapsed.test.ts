import * as tf from '@tensorflow/tfjs-core';
import { collapsed } from '@toploss/core';
import { expect, test } from 'vitest';

const labels = tf.cast(tf.oneHot([0, 1, 2, 0, 1, 2], 3), 'float32');
const noise = tf.randomNormal([6, 3], 0, 1, 'float32', 1);

test.each<[string, boolean, tf.Tensor, tf.Tensor]>([
  ['predictions that depend on the row', false, tf.softmax(noise), labels],
  ['the same for all rows', true, tf.fill([6, 3], 1 / 3), labels],
  ['all but the same', true, tf.softmax(tf.mul(1e-2, noise)), labels],
  ['small beside large targets', true, noise, tf.mul(1e3, labels)],
  ['as small as the targets', false, tf.mul(1e-3, noise), tf.mul(1e-3, labels)],
  ['rows of a sequence', true, tf.zeros([2, 3, 3]), tf.reshape(labels, [2, 3, 3])],
  ['targets that are all the same', false, tf.zeros([6, 3]), tf.ones([6, 3])],
  ['one row', false, tf.zeros([1, 3]), tf.ones([1, 3])],
])('%s: %s', async (_name, expected, predictions, targets) => {
  const { numTensors } = tf.memory();
  expect(await collapsed(predictions, targets)).toBe(expected);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('class indices are no targets of the same shape', async () => {
  const indices = tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32');
  await expect(collapsed(labels, indices)).rejects.toThrow(
    /^core.collapsed: expected `targets` of shape \[6, 3\]/,
  );
});
