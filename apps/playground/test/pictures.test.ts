import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { EXTENT } from '../src/data/plane.js';
import { createNetwork } from '../src/training/network.js';
import { boundary, grid, predictions } from '../src/training/pictures.js';

/** Linear in effect: with W₁ and W₂ as below the logit of class 1 is tanh(x). */
function networkOfX() {
  const network = createNetwork(
    { dimension: 2, classes: 2 },
    { width: 4, depth: 1, activation: 'tanh', seed: 1 },
  );
  const [w1, , w2] = network.params;
  w1?.assign(tf.tensor2d([1, 0, 0, 0, 0, 0, 0, 0], [2, 4]));
  w2?.assign(tf.tensor2d([0, 1, 0, 0, 0, 0, 0, 0], [4, 2]));
  return network;
}

test('the grid goes row by row from the top left', () => {
  // Centers of the four quarters: ± half the extent.
  const half = EXTENT / 2;
  const expected = [-half, half, half, half, -half, -half, half, -half];
  expect([...grid(2).dataSync()]).toEqual(expected);
});

test('the picture is the probability of class 1', async () => {
  const picture = await boundary(networkOfX(), grid(2));
  // σ(tanh(±.75)) = σ(±.63515) = .65366, .34634
  const expected = [0.34634, 0.65366, 0.34634, 0.65366];
  for (const [k, p] of picture.entries()) {
    expect(p).toBeCloseTo(expected[k] as number, 4);
  }
});

test('the predicted class', async () => {
  const classes = await predictions(networkOfX(), tf.tensor2d([1, 5, -1, 5], [2, 2]));
  expect([...classes]).toEqual([1, 0]);
});
