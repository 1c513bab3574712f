import * as tf from '@tensorflow/tfjs-core';
import { normal } from '@toploss/testing';
import { expect, test } from 'vitest';
import { depthwiseBackpropFilter } from '../../src/kernels/depthwise-backprop-filter.js';
import { depthwiseBackpropInput } from '../../src/kernels/depthwise-backprop-input.js';
import { expectSameOnWasm, gradients, resultsOn, type Strides, wholeNumbers } from './on-wasm.js';

type Pad = Parameters<typeof tf.depthwiseConv2d>[3];

const depthwise = (strides: Strides, pad: Pad) => (x: tf.Tensor, w: tf.Tensor) =>
  tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad);

test('by hand', async () => {
  // y = w₀ x₀ + w₁ x₁ at 0, and w₀ x₂ + w₁ x₃ at 2; dy is 1 and 10 there
  const steps = { strides: [1, 2] as Strides, pad: 'valid' as const, dilations: 1 };
  const [dw, dx] = await resultsOn('wasm', () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5], [1, 1, 5, 1]);
    const filter = tf.tensor4d([6, 7], [1, 2, 1, 1]);
    const dy = tf.tensor4d([1, 10], [1, 1, 2, 1]);
    return [
      depthwiseBackpropFilter({ x, dy }, { ...steps, filterShape: [1, 2, 1, 1] }),
      depthwiseBackpropInput({ dy, filter }, { ...steps, inputShape: [1, 1, 5, 1] }),
    ];
  });
  expect(dw).toEqual({ shape: [1, 2, 1, 1], data: [31, 42] });
  expect(dx).toEqual({ shape: [1, 1, 5, 1], data: [6, 7, 60, 70, 0] });
});

test('as on cpu, for all kinds of shapes', async () => {
  for (let seed = 0; seed < 60; seed++) {
    const draw = wholeNumbers(seed);
    const [height, width, channels] = [draw(1, 4), draw(1, 4), draw(1, 3)];
    const images = [draw(1, 3), draw(height, 9), draw(width, 9), channels];
    const filter = [height, width, channels, draw(1, 3)];
    const conv = depthwise([draw(1, 3), draw(1, 3)], draw(0, 1) === 0 ? 'same' : 'valid');
    await expectSameOnWasm(() => gradients(images, filter, conv));
  }
});

test('a batch that is taken in parts: images of 1, 2 and 3 with dy = 2 at 360 000 pixels each', async () => {
  const pixels: [number, number, number, number] = [3, 600, 600, 1];
  const [dw] = await resultsOn('wasm', () => [
    depthwiseBackpropFilter(
      { x: tf.mul(tf.ones(pixels), tf.tensor4d([1, 2, 3], [3, 1, 1, 1])), dy: tf.fill(pixels, 2) },
      { strides: 1, pad: 'valid', dilations: 1, filterShape: [1, 1, 1, 1] },
    ),
  ]);
  expect(dw).toEqual({ shape: [1, 1, 1, 1], data: [(1 + 2 + 3) * 2 * 360_000] });
});

// cpu leaves the dilation out. A convolution is linear in x and in W: Σ y dy = Σ W ∂W = Σ x ∂x.
test('with a dilation, which the gradient of tfjs refuses as yet', async () => {
  const steps = { strides: 1, pad: 'same' as const, dilations: [2, 1] as Strides };
  const sumOfProducts = (x: tf.Tensor, y: tf.Tensor) => tf.sum(tf.mul(x, y));
  const [sums] = await resultsOn('wasm', () => {
    const x = normal([2, 6, 5, 2], 1) as tf.Tensor4D;
    const filter = normal([2, 3, 2, 2], 2) as tf.Tensor4D;
    const dy = normal([2, 6, 5, 4], 3) as tf.Tensor4D;
    const y = tf.depthwiseConv2d(x, filter, 1, 'same', 'NHWC', steps.dilations);
    const dw = depthwiseBackpropFilter({ x, dy }, { ...steps, filterShape: filter.shape });
    const dx = depthwiseBackpropInput({ dy, filter }, { ...steps, inputShape: x.shape });
    return [tf.stack([sumOfProducts(y, dy), sumOfProducts(filter, dw), sumOfProducts(x, dx)])];
  });
  const [expected = 0, byFilter, byImages] = sums?.data ?? [];
  expect(Math.abs(expected)).toBeGreaterThan(1);
  expect(byFilter).toBeCloseTo(expected, 4);
  expect(byImages).toBeCloseTo(expected, 4);
});

test('of a separable convolution', async () => {
  const separable = (x: tf.Tensor, w: tf.Tensor) =>
    tf.separableConv2d(x as tf.Tensor4D, w as tf.Tensor4D, tf.ones([1, 1, 6, 2]), 1, 'same');
  await expectSameOnWasm(() => gradients([2, 7, 5, 3], [3, 3, 3, 2], separable));
});
