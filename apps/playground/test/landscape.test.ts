import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { directionOf, inUnitsOf, slice } from '../src/training/landscape.js';
import { createNetwork, type NetworkSettings } from '../src/training/network.js';
import { crossEntropy } from '../src/training/scores.js';

const settings: NetworkSettings = { width: 3, depth: 1, activation: 'relu', seed: 1 };
const create = (changed: Partial<NetworkSettings> = {}) =>
  createNetwork({ dimension: 2, classes: 2 }, { ...settings, ...changed });
const x = tf.tensor2d([1, 0, 0, 1, -1, 2], [3, 2]);
const batch = { x, oneHot: tf.tensor2d([1, 0, 0, 1, 1, 0], [3, 2]) };

test('every column of a direction gets the length of that of the weights', () => {
  const network = create();
  network.params[0]?.assign(tf.tensor2d([3, 0, 0, 4, 1, 0], [2, 3])); // columns of lengths 5, 1, 0
  const direction = network.params.map((param) => tf.onesLike(param));
  const [kernel, bias] = inUnitsOf(network, direction);
  // A column of ones has the length √2.
  const expected = [5, 1, 0, 5, 1, 0].map((length) => length / Math.SQRT2);
  for (const [k, value] of [...(kernel as tf.Tensor).dataSync()].entries()) {
    expect(value).toBeCloseTo(expected[k] as number, 5);
  }
  expect([...(bias as tf.Tensor).dataSync()]).toEqual([0, 0, 0]);
});

test.each(['tanh', 'relu', 'swish'] as const)(
  'with %s the slice passes through the loss itself',
  async (activation) => {
    const network = create({ activation });
    const [left, middle, right] = await slice(
      network,
      batch,
      directionOf(network, 1),
      [-0.5, 0, 0.5],
    );
    const loss = crossEntropy(batch.oneHot, network.forward(x).logits).dataSync()[0] as number;
    expect(middle).toBeCloseTo(loss, 6);
    expect(left).not.toBeCloseTo(loss, 4);
    expect(right).not.toBeCloseTo(loss, 4);
  },
);

test('another scale of the weights that computes the same has the same slice', async () => {
  const network = create();
  const direction = directionOf(network, 1);
  const ts = [-1, -0.3, 0.4, 1];
  const before = await slice(network, batch, direction, ts);
  // ReLU: 4 W₁ and W₂ / 4 are the same function.
  network.params[0]?.assign(tf.mul(network.params[0], 4));
  network.params[2]?.assign(tf.div(network.params[2] as tf.Tensor, 4));
  const after = await slice(network, batch, direction, ts);
  for (const [k, loss] of after.entries()) {
    expect(loss).toBeCloseTo(before[k] as number, 5);
  }
});

test('a slice moves no weight and leaves no tensor behind', async () => {
  const network = create();
  const direction = directionOf(network, 1);
  const read = () => network.params.flatMap((param) => [...param.dataSync()]);
  const [weights, tensors] = [read(), tf.memory().numTensors];
  await slice(network, batch, direction, [-1, 1]);
  expect(read()).toEqual(weights);
  expect(tf.memory().numTensors).toBe(tensors);
});
