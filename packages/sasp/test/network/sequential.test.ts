import * as tf from '@tensorflow/tfjs-core';
import {
  type DenseLayer,
  type SequentialLayer,
  saspNetworkPenalty,
  sequential,
} from '@toploss/sasp';
import { expectClose, expectSame, expectThrows, normal, valuesOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { traceByJacobians } from './jacobians.js';

const [W1, b1, W2, b2] = [
  normal([3, 6], 1, 0.6) as tf.Tensor2D,
  normal([6], 2) as tf.Tensor1D,
  normal([6, 2], 3) as tf.Tensor2D,
  normal([2], 4) as tf.Tensor1D,
];
const x = normal([5, 3], 5) as tf.Tensor2D;
const exact = { exact: true, fraction: 1, root: false };

test('is the network that one writes by hand', () => {
  const { logits, features, layers } = sequential([
    { kernel: W1, bias: b1, activation: 'elu' },
    { kernel: W2, bias: b2 },
  ])(x);
  const h = tf.elu(tf.add(tf.matMul(x, W1), b1));
  expectSame(features, h);
  expectSame(logits, tf.add(tf.matMul(h as tf.Tensor2D, W2), b2));
  expect(layers).toHaveLength(2);
  expect(layers[0]).toMatchObject({ input: x, kernel: W1, activation: 'elu' });
  expectSame((layers[1] as DenseLayer).input, h);
});

describe('counts no bias where a layer has none', () => {
  // p = ½, ½ at every kernel of zeros: tr A = ½, S = ‖x‖² = 9 + 16, and 1 more for a bias
  const one = tf.tensor2d([[3, 4]]);
  const kernel = tf.zeros([2, 2]) as tf.Tensor2D;
  const bias = tf.zeros([2]) as tf.Tensor1D;

  test.each([
    [{ kernel }, 12.5],
    [{ kernel, bias }, 13],
  ])('in the head: %o', (layer, T) => {
    const { logits, layers } = sequential([layer])(one);
    expectClose(saspNetworkPenalty(logits, layers, exact), tf.scalar(T), 1e-6);
  });

  test('in a convolution', () => {
    // The convolution reads 3 and makes 3, z = (3, −3).
    const image = tf.tensor4d([3], [1, 1, 1, 1]);
    const K = tf.ones([1, 1, 1, 1]) as tf.Tensor4D;
    const W = tf.tensor2d([[1, -1]]);
    // tr A S + tr(W A Wᵀ) S₀: with p = σ(±6), A = p₁p₂ [1 −1; −1 1], so that tr A = 2 p₁p₂ and W A Wᵀ = 4 p₁p₂.
    const p1p2 = 1 / (2 + Math.exp(6) + Math.exp(-6));
    const of = (ofConv: object, ofHead: object) => {
      const { logits, layers } = sequential([
        { kernel: K, ...ofConv },
        { kernel: W, ...ofHead },
      ])(image);
      return saspNetworkPenalty(logits, layers, exact);
    };
    const [none, both] = [{}, { bias }];
    const single = { bias: tf.zeros([1]) as tf.Tensor1D };
    expectClose(of(none, none), tf.scalar(p1p2 * (2 * 9 + 4 * 9)), 1e-4);
    expectClose(of(none, both), tf.scalar(p1p2 * (2 * 10 + 4 * 9)), 1e-4);
    expectClose(of(single, none), tf.scalar(p1p2 * (2 * 9 + 4 * 10)), 1e-4);
  });
});

test('flattens what dropout did to images, too', () => {
  const images = normal([2, 2, 3, 1], 6) as tf.Tensor4D;
  const { layers } = sequential([{ dropout: 0.5 }, { kernel: normal([6, 2], 7) as tf.Tensor2D }])(
    images,
    { training: true, seed: 1 },
  );
  const [{ input, dropout }] = layers as [DenseLayer];
  expectSame(input, tf.mul(tf.reshape(images, [2, 6]), dropout as tf.Tensor));
});

test('flattens images for a dense layer', () => {
  const images = normal([2, 2, 3, 1], 6) as tf.Tensor4D;
  const { logits, features } = sequential([{ kernel: normal([6, 2], 7) as tf.Tensor2D }])(images);
  expect(features.shape).toEqual([2, 6]);
  expect(logits.shape).toEqual([2, 2]);
});

describe('dropout', () => {
  const layers: SequentialLayer[] = [
    { dropout: 0.3 },
    { kernel: W1, bias: b1, activation: 'tanh' },
    { dropout: 0.5 },
    { kernel: W2, bias: b2 },
  ];
  const model = sequential(layers);

  test('only in training', () => {
    expectSame(model(x).logits, model(x).logits);
    const dropped = [1, 2].map((seed) => valuesOf(model(x, { training: true, seed }).logits));
    expect(dropped[0]).not.toEqual(dropped[1]);
    expect(valuesOf(model(x, { training: true, seed: 1 }).logits)).toEqual(dropped[0]);
  });

  test('drops differently at every call without a seed, and in every layer with one', () => {
    const wide = tf.ones([1, 1000]) as tf.Tensor2D;
    const deep = sequential([
      { dropout: 0.5 },
      { kernel: tf.eye(1000) },
      { dropout: 0.5 },
      { kernel: tf.eye(1000) },
    ]);
    const masks = (options: object) =>
      deep(wide, { training: true, ...options }).layers.map(({ dropout }) =>
        valuesOf(dropout as tf.Tensor),
      );
    expect(masks({})).not.toEqual(masks({}));
    for (const seed of [0, 1, 7]) {
      const [first, second] = masks({ seed });
      expect(first).not.toEqual(second);
      expect(masks({ seed })).toEqual([first, second]);
    }
  });

  test('keeps the mean', () => {
    const wide = tf.ones([1, 20000]) as tf.Tensor2D;
    const { features } = sequential([
      { dropout: 0.3 },
      { kernel: tf.ones([20000, 1]) as tf.Tensor2D },
    ])(wide, { training: true, seed: 3 });
    expect(valuesOf(tf.mean(features))[0]).toBeCloseTo(1, 1);
    expect(valuesOf(tf.max(features))[0]).toBeCloseTo(1 / 0.7, 5);
  });

  test('the trace is that of the network with what was dropped', () => {
    const options = { training: true, seed: 4 };
    const { logits, layers } = model(x, options);
    const masks = layers.map(({ dropout }) => dropout as tf.Tensor);
    const [first, second] = masks as [tf.Tensor, tf.Tensor];
    const byHand = (batch: tf.Tensor, theta: readonly tf.Tensor[]) => {
      const h = tf.tanh(
        tf.add(
          tf.matMul(tf.mul(batch, first) as tf.Tensor2D, theta[0] as tf.Tensor2D),
          theta[1] as tf.Tensor,
        ),
      );
      return tf.add(
        tf.matMul(tf.mul(h, second) as tf.Tensor2D, theta[2] as tf.Tensor2D),
        theta[3] as tf.Tensor,
      ) as tf.Tensor2D;
    };
    const T = saspNetworkPenalty(logits, layers, exact);
    expectClose(T, traceByJacobians(byHand, x, [W1, b1, W2, b2], 'softmax'), 2e-5);
    // ξ and −ξ find the same, so that these are all probes of signs; their mean is the trace.
    const estimates = [1, -1].map((sign) => {
      const probe = tf.tile(tf.tensor2d([[1, sign]]), [5, 1]) as tf.Tensor2D;
      return valuesOf(saspNetworkPenalty(logits, layers, { probe, root: false }))[0] as number;
    }) as [number, number];
    expectClose((estimates[0] + estimates[1]) / 2, T, 1e-5);
  });
});

test('leaves to the caller what it returns, and nothing else', () => {
  const { numTensors } = tf.memory();
  tf.tidy(() => {
    sequential([{ kernel: W1, bias: b1, activation: 'swish' }, { kernel: W2 }])(x);
  });
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('what does not fit', () => {
  const K = normal([2, 2, 1, 3], 8);
  const refuse = (layers: unknown, message: RegExp) =>
    expectThrows(() => sequential(layers as SequentialLayer[]), message);
  refuse([], /sasp.sequential: expected `layers` to be an array of at least one layer/);
  refuse([{ kernel: W1, gamma: b1 }], /`layers\[0\]` to be { kernel, bias/);
  refuse([{ kernel: W1, pool: 'max' }], /`layers\[0\]` to be { kernel, bias/);
  for (const kernel of [b1, undefined]) {
    refuse([{ kernel }], /`layers\[0\].kernel` to be a tensor of rank 2, dense, or 4/);
  }
  refuse([{ kernel: W1, bias: b2 }], /`layers\[0\].bias` of shape \[6\]/);
  refuse([{ kernel: W1, activation: 'Relu' }], /`layers\[0\].activation` to be one of/);
  for (const dropout of [1, -0.1]) {
    refuse([{ dropout }, { kernel: W1 }], /`layers\[0\].dropout` to be in \[0, 1\)/);
  }
  expect(() => sequential([{ dropout: 0 }, { kernel: W1 }])).not.toThrow();
  refuse(
    [{ kernel: W1, activation: 'relu' }],
    /`layers\[0\]` to be dense and linear.*Received: an object with { kernel, activation }/,
  );
  refuse([{ kernel: W1, activation: ['relu'] }], /`layers\[0\].activation` to be one of/);
  refuse([{ kernel: W1 }, { dropout: 0.5 }], /`layers\[1\]` to be dense and linear/);
  refuse([{ kernel: K }], /`layers\[0\]` to be dense and linear/);

  const call = (layers: unknown, input: unknown, message: RegExp) =>
    expectThrows(() => sequential(layers as SequentialLayer[])(input as tf.Tensor2D), message);
  call([{ kernel: W1 }], [1, 2], /`x` to be a tensor of shape/);
  call([{ kernel: W1 }], b1, /`x` to be a tensor of shape.*Received: float32 \[6\]/);
  call(
    [{ kernel: W2 }],
    x,
    /`the input of layers\[0\]` of shape \[B, 6\]. Received: float32 \[5, 3\]/,
  );
  call(
    [{ kernel: K }, { kernel: W1 }],
    x,
    /`the input of layers\[0\]` of shape \[B, height, width, 1\]/,
  );
  call(
    [{ pool: 'max', size: 2 }, { kernel: W1 }],
    x,
    /`the input of layers\[0\]` of shape \[B, height, width, channels\]/,
  );
});
