import * as tf from '@tensorflow/tfjs-core';
import { expectThrows } from '@toploss/testing';
import { expect, test } from 'vitest';
import { conv2dBackpropFilter } from '../../src/kernels/conv2d-backprop-filter.js';
import { expectSameOnWasm, gradients, resultsOn, type Strides, wholeNumbers } from './on-wasm.js';

type Pad = Parameters<typeof tf.conv2d>[3];

const conv2d = (strides: Strides, pad: Pad) => (x: tf.Tensor, w: tf.Tensor) =>
  tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad, 'NHWC');

test('by hand', async () => {
  // W sees x at 0 and 2, and dy is 1 and 10 there: x₀ + 10 x₂ and x₁ + 10 x₃
  const x = () => tf.tensor4d([1, 2, 3, 4, 5], [1, 1, 5, 1]);
  const [values] = await resultsOn('wasm', () => [
    conv2dBackpropFilter(
      { x: x(), dy: tf.tensor4d([1, 10], [1, 1, 2, 1]) },
      { strides: [1, 2], pad: 'valid', dataFormat: 'NHWC', filterShape: [1, 2, 1, 1] },
    ),
  ]);
  expect(values).toEqual({ shape: [1, 2, 1, 1], data: [31, 42] });
});

test('as on cpu, for all kinds of shapes', { timeout: 300_000 }, async () => {
  for (let seed = 0; seed < 80; seed++) {
    const draw = wholeNumbers(seed);
    // A number as padding is for square filters: for others tfjs itself miscounts the places.
    const isSquare = draw(0, 3) === 0;
    const height = draw(1, 4);
    const width = isSquare ? height : draw(1, 4);
    const stride = draw(1, 3);
    const strides: Strides = [stride, isSquare ? stride : draw(1, 3)];
    const around = () => [draw(0, 2), draw(0, 2)] as [number, number];
    const pads: Pad[] = ['same', 'valid', [[0, 0], around(), around(), [0, 0]]];
    const pad = isSquare ? draw(0, 2) : (pads[draw(0, 2)] as Pad);
    const images = [draw(1, 3), draw(height, 9), draw(width, 9), draw(1, 3)];
    const filter = [height, width, images[3] as number, draw(1, 5)];
    await expectSameOnWasm(() => gradients(images, filter, conv2d(strides, pad)));
  }
});

test('of a convolution in one dimension, and of a transposed one', async () => {
  const conv1d = (x: tf.Tensor, w: tf.Tensor) =>
    tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 2, 'same');
  await expectSameOnWasm(() => gradients([4, 9, 3], [3, 3, 2], conv1d));
  const transposed = (x: tf.Tensor, w: tf.Tensor) =>
    tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [2, 8, 8, 3], 2, 'same');
  await expectSameOnWasm(() => gradients([2, 4, 4, 5], [3, 3, 3, 5], transposed));
});

test('as on cpu for a batch of images of MNIST, where 25 088 products are one sum', async () => {
  await expectSameOnWasm(() => gradients([32, 28, 28, 1], [3, 3, 1, 2], conv2d([1, 1], 'same')));
});

test('other layouts are refused', () => {
  const x = tf.ones<tf.Rank.R4>([1, 1, 2, 2]);
  expectThrows(
    () =>
      conv2dBackpropFilter(
        { x, dy: x },
        { strides: 1, pad: 'same', dataFormat: 'NCHW', filterShape: [1, 1, 1, 1] },
      ),
    /^core: expected dataFormat to be 'NHWC' on wasm\. Received: 'NCHW'\. Transpose the images\.$/,
  );
  x.dispose();
});
