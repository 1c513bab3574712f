import * as tf from '@tensorflow/tfjs-core';
import { type ActivationName, type Layer, saspNetworkPenalty, sequential } from '@toploss/sasp';
import { expectClose, normal, valuesOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { activations } from '../../src/network/activations.js';
import { variants } from '../../src/network/products.js';

const x = normal([7, 4], 1) as tf.Tensor2D;
const params = [
  normal([4, 6], 2, 0.6),
  normal([6], 3, 0.3),
  normal([6, 5], 4, 0.5),
  normal([5], 5, 0.3),
  normal([5, 3], 6, 0.6),
  normal([3], 7, 0.3),
];
const probe = normal([7, 3], 8) as tf.Tensor2D;

/** A dropout that drops nothing sends the layers down the general way. */
const generally = (layers: readonly Layer[]): Layer[] =>
  layers.map((layer) => ({ ...layer, dropout: tf.onesLike(layer.input) }));

const names = Object.keys(activations) as ActivationName[];
const pairs: [ActivationName, ActivationName][] = [
  ...names.map((name): [ActivationName, ActivationName] => [name, name]),
  ['tanh', 'relu'], // one of them bends
  ['relu', 'tanh'],
  ['swish', 'tanh'], // one of them reads its pre-activation
  ['sigmoid', 'gelu'],
];

describe.each(pairs)('%s, %s', (first, second) => {
  test.each([
    ['softmax', 'absolute'],
    ['sigmoid', 'absolute'],
    ['linear', 'absolute'],
    ['softmax', 'relative'],
  ] as const)('one operation is its parts, %s, %s', (head, scale) => {
    const evaluate = (way: (layers: readonly Layer[]) => readonly Layer[]) =>
      tf.valueAndGrads((input: tf.Tensor, ...theta: tf.Tensor[]) => {
        const [W1, b1, W2, b2, W3, b3] = theta;
        const model = sequential([
          { kernel: W1 as tf.Tensor2D, bias: b1 as tf.Tensor1D, activation: first },
          { kernel: W2 as tf.Tensor2D, bias: b2 as tf.Tensor1D, activation: second },
          { kernel: W3 as tf.Tensor2D, bias: b3 as tf.Tensor1D },
        ]);
        const { logits, layers } = model(input as tf.Tensor2D);
        const options = { head, scale, probe, fraction: 0.4, seed: 1 };
        return tf.mul(3, saspNetworkPenalty(logits, way(layers), options)) as tf.Scalar;
      })([x, ...params]);
    const [fused, parts] = [evaluate((layers) => layers), evaluate(generally)];
    expectClose(fused.value, parts.value, 1e-6);
    for (const [k, grad] of fused.grads.entries()) {
      expectClose(grad, parts.grads[k] as tf.Tensor, 2e-6, 1e-7);
    }
  });
});

describe.each(Object.entries(variants))('products for %s', (_, products) => {
  test.each([
    [1, 1, 1],
    [3, 5, 4],
    [4, 2, 7],
    [8, 9, 3],
  ])('%i × %i × %i', (m, k, n) => {
    const [a, b, bT, aT] = [
      normal([m, k], 1),
      normal([k, n], 2),
      normal([n, k], 3),
      normal([k, m], 4),
    ] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    expectClose(products.times(a, b), tf.matMul(a, b), 1e-6);
    expectClose(products.timesTransposed(a, bT), tf.matMul(a, bT, false, true), 1e-6);
    expectClose(products.transposedTimes(aT, b), tf.matMul(aT, b, true), 1e-6);
    const c = normal([m, 1], 5);
    expectClose(products.scaleRows(c, a), tf.mul(c, a), 1e-7);
    expect(valuesOf(a)).toEqual(valuesOf(normal([m, k], 1)));
  });
});
