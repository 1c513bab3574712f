import * as tf from '@tensorflow/tfjs-core';
import { addScaled, isLooped, scaled } from '@toploss/core/kit';
import { expectSame } from '@toploss/testing';
import { expect, test } from 'vitest';

test('by hand', () => {
  const [x, y] = [tf.tensor1d([1, -2]), tf.tensor1d([10, 20])];
  expectSame(addScaled(x, tf.scalar(0.5), y), [6, 8]); // 1 + 5, −2 + 10
  expectSame(scaled(tf.scalar(-3), x), [-3, 6]);
});

test('a loop on cpu always, on wasm for small tensors, on a device never', () => {
  const loops = { cpu: [true, true], wasm: [true, false] }[tf.getBackend()] ?? [false, false];
  expect([isLooped(2048), isLooped(2049)]).toEqual(loops);
});
