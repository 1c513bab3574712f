import * as tf from '@tensorflow/tfjs-core';
import { normal } from '@toploss/testing';
import { expect, test } from 'vitest';
import { expectSameOnWasm, resultsOn, type Strides, wholeNumbers } from './on-wasm.js';

type Pad = Parameters<typeof tf.maxPool>[3];
type Size = [number, number];

/** ∂/∂x of the sum of maxPool(x) dy. */
const gradient = (x: tf.Tensor4D, size: Size, strides: Strides, pad: Pad) =>
  tf.grad((x) => {
    const y = tf.maxPool(x as tf.Tensor4D, size, strides, pad);
    return tf.sum(tf.mul(y, tf.reshape(tf.range(1, y.size + 1), y.shape)));
  })(x);

test('by hand: the first of equal maxima, and none where all are NaN', async () => {
  const nan = Number.NaN;
  const row = (...values: number[]) => tf.tensor4d(values, [1, 1, values.length, 1]);
  const results = await resultsOn('wasm', () => [
    gradient(row(-5, -2, -2, -7), [1, 2], [1, 1], 'valid'), // −2, −2, −2
    gradient(row(nan, nan, nan, -1), [1, 2], [1, 2], 'valid'), // none, −1
  ]);
  expect(results.map(({ data }) => data)).toEqual([
    [0, 1 + 2, 3, 0],
    [0, 0, 0, 2],
  ]);
});

test('as on cpu, for all kinds of shapes, also where no entry is positive', async () => {
  for (let seed = 0; seed < 60; seed++) {
    const draw = wholeNumbers(seed);
    const size: Size = [draw(1, 3), draw(1, 3)];
    const images = [draw(1, 3), draw(size[0], 9), draw(size[1], 9), draw(1, 4)];
    const strides: Strides = [draw(1, 3), draw(1, 3)];
    const pad = draw(0, 1) === 0 ? 'same' : 'valid';
    const shift = draw(0, 3);
    await expectSameOnWasm(() => {
      const x = tf.sub(normal(images, seed + 1), shift) as tf.Tensor4D;
      return [gradient(x, size, strides, pad)];
    });
  }
});

test('a number as window, and as padding', async () => {
  await expectSameOnWasm(() => {
    const x = normal([2, 6, 6, 3], 1);
    return [tf.grad((x) => tf.square(tf.maxPool(x as tf.Tensor4D, 3, 2, 1)))(x)];
  });
});
