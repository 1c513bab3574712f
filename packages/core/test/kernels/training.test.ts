import * as tf from '@tensorflow/tfjs-core';
import { normal } from '@toploss/testing';
import { expect, test } from 'vitest';
import { trainStep } from '../../src/index.js';
import { expectSameOnWasm } from './on-wasm.js';

type Images = tf.Tensor4D;

/** Parameters after three steps with Adam on the squares of what the model predicts, which falls. */
function trained(shapes: number[][], predict: (...params: tf.Variable[]) => tf.Tensor) {
  const params = shapes.map((shape, k) => tf.variable(normal(shape, k + 1, 0.5)));
  const optimizer = tf.train.adam(0.01, 0.9, 0.999, 1e-3);
  const step = trainStep({ optimizer, params, terms: [] });
  const loss = () => tf.mean(tf.square(tf.sub(predict(...params), 1))) as tf.Scalar;
  const losses = [1, 2, 3].map(() => step(() => ({ loss: loss() })).total.dataSync()[0] as number);
  expect(losses).toEqual([...losses].sort((a, b) => b - a));
  const values = params.map((param) => tf.clone(param));
  tf.dispose(params);
  optimizer.dispose();
  return values;
}

/** In training: by the moments of the batch. */
function batchNorm(x: tf.Tensor, offset: tf.Tensor, scale: tf.Tensor): Images {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  return tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, offset, scale) as Images;
}

test('a CNN with batch norm, and with pools of entries that are negative too', async () => {
  const shapes = [[3, 3, 1, 4], [4], [4], [3, 3, 4, 6], [24, 3]];
  await expectSameOnWasm(
    () =>
      trained(shapes, (w1, offset, scale, w2, w3) => {
        const x = normal([4, 8, 8, 1], 9) as Images;
        const first = tf.conv2d(x, w1 as unknown as Images, 1, 'same');
        const normed = batchNorm(first, offset as tf.Tensor, scale as tf.Tensor);
        const second = tf.conv2d(
          tf.maxPool(tf.tanh(normed), 3, 2, 'same'),
          w2 as unknown as Images,
          1,
          'same',
        );
        const pooled = tf.avgPool(tf.relu(second), 2, 2, 'valid');
        return tf.matMul(tf.reshape(pooled, [4, -1]), w3 as tf.Tensor);
      }),
    1e-4,
  );
});

test('a text model: embedding, separable convolution, dense', async () => {
  const shapes = [
    [7, 4],
    [1, 3, 4, 2],
    [1, 1, 8, 5],
    [5, 2],
  ];
  const text = [
    [1, 2, 3, 0, 0, 0],
    [6, 5, 1, 1, 2, 0],
    [3, 3, 3, 4, 1, 2],
  ];
  await expectSameOnWasm(
    () =>
      trained(shapes, (table, depthwise, pointwise, head) => {
        const embedded = tf.gather(table as tf.Tensor, tf.tensor2d(text, [3, 6], 'int32'));
        const y = tf.separableConv2d(
          tf.reshape(embedded, [3, 1, 6, 4]) as Images,
          depthwise as unknown as Images,
          pointwise as unknown as Images,
          1,
          'same',
        );
        return tf.matMul(tf.max(tf.reshape(y, [3, 6, 5]), 1), head as tf.Tensor);
      }),
    1e-4,
  );
});
