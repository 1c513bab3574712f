import * as tf from '@tensorflow/tfjs-core';
import {
  type ActivationName,
  type Layer,
  type SequentialLayer,
  saspNetworkPenalty,
  sequential,
} from '@toploss/sasp';
import {
  expectClose,
  expectNoLeak,
  expectSame,
  expectThrows,
  normal,
  numericalGradient,
  valuesOf,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { sizesOf, traceByJacobians } from './jacobians.js';

const exact = { exact: true, fraction: 1, root: false };
const images = normal([3, 6, 5, 2], 1);

interface Architecture {
  name: string;
  /** Kernel, bias, kernel, bias, … */
  shapes: number[][];
  layers(theta: readonly tf.Tensor[]): SequentialLayer[];
}

const conv = (theta: readonly tf.Tensor[], k: number) => ({
  kernel: theta[k] as tf.Tensor4D,
  bias: theta[k + 1] as tf.Tensor1D,
  activation: 'tanh' as const,
});
const dense = (theta: readonly tf.Tensor[], k: number) => ({
  kernel: theta[k] as tf.Tensor2D,
  bias: theta[k + 1] as tf.Tensor1D,
});

const architectures: Architecture[] = [
  {
    name: 'one convolution, flattened',
    shapes: [[3, 3, 2, 2], [2], [24, 3], [3]],
    layers: (theta) => [conv(theta, 0), dense(theta, 2)],
  },
  {
    name: 'pad same, even kernel, strides of two',
    shapes: [[2, 3, 2, 3], [3], [27, 3], [3]],
    layers: (theta) => [{ ...conv(theta, 0), pad: 'same', strides: 2 }, dense(theta, 2)],
  },
  {
    name: 'two convolutions, different strides, a dense layer between',
    shapes: [[3, 2, 2, 2], [2], [2, 2, 2, 3], [3], [6, 4], [4], [4, 3], [3]],
    layers: (theta) => [
      { ...conv(theta, 0), strides: [1, 2] },
      { ...conv(theta, 2), strides: [2, 1] },
      { ...dense(theta, 4), activation: 'sigmoid' },
      dense(theta, 6),
    ],
  },
  {
    name: 'max pooling that leaves an edge out',
    shapes: [[2, 2, 2, 3], [3], [12, 3], [3]],
    layers: (theta) => [conv(theta, 0), { pool: 'max', size: 2 }, dense(theta, 2)],
  },
  {
    name: 'average pooling between convolutions',
    shapes: [[3, 3, 2, 2], [2], [1, 1, 2, 3], [3], [6, 3], [3]],
    layers: (theta) => [
      { ...conv(theta, 0), pad: 'same' },
      { pool: 'avg', size: [3, 2] },
      { ...conv(theta, 2), activation: 'swish' },
      { pool: 'max', size: [1, 2] },
      dense(theta, 4),
    ],
  },
  {
    name: 'global average pooling',
    shapes: [[3, 3, 2, 3], [3], [3, 3], [3]],
    layers: (theta) => [
      { ...conv(theta, 0), pad: 'same' },
      { pool: 'avg', size: [6, 5] },
      dense(theta, 2),
    ],
  },
  {
    name: 'pooling before the first layer with weights',
    shapes: [[2, 2, 2, 3], [3], [6, 3], [3]],
    layers: (theta) => [{ pool: 'max', size: 2 }, conv(theta, 0), dense(theta, 2)],
  },
];

describe.each(architectures)('$name', ({ shapes, layers }) => {
  const params = shapes.map((shape, k) => normal(shape, 10 + k, 0.5));
  const penalty = (theta: readonly tf.Tensor[], options: object) => {
    const outputs = sequential(layers(theta))(images as tf.Tensor4D);
    return saspNetworkPenalty(outputs.logits, outputs.layers, options);
  };

  if (tf.getBackend() === 'wasm') {
    test('has no gradient, as a convolution has none by its filter', () => {
      const f = (...theta: tf.Tensor[]) => penalty(theta, { seed: 1 });
      expect(() => tf.grads(f)(params)).toThrow(/Conv2DBackpropFilter.*wasm/);
    });
    return;
  }

  test('the exact trace is that of the Jacobians', () => {
    const model = (x: tf.Tensor, theta: readonly tf.Tensor[]) =>
      sequential(layers(theta))(x as tf.Tensor4D).logits;
    for (const head of ['softmax', 'sigmoid'] as const) {
      expectClose(
        penalty(params, { ...exact, head }),
        traceByJacobians(model, images, params, head),
        2e-5,
      );
    }
    expectClose(
      penalty(params, { ...exact, scale: 'relative' }),
      traceByJacobians(model, images, params, 'softmax', sizesOf(params)),
      2e-5,
    );
  });

  test('without biases', () => {
    const bare = params.filter((_, k) => k % 2 === 0);
    const model = (x: tf.Tensor, kernels: readonly tf.Tensor[]) => {
      const theta = params.map((p, k) => (k % 2 === 0 ? (kernels[k / 2] as tf.Tensor) : p));
      return sequential(layers(theta))(x as tf.Tensor4D).logits;
    };
    const T = penalty(params, { ...exact, includeBias: false });
    expectClose(T, traceByJacobians(model, images, bare, 'softmax'), 2e-5);
  });

  test('the gradients are those of differences', () => {
    const probe = normal([3, 3], 5) as tf.Tensor2D;
    const phi = (...theta: tf.Tensor[]) => penalty(theta, { probe });
    const grads = tf.grads(phi)(params);
    for (const [k, grad] of grads.entries()) {
      const along = (p: tf.Tensor) => phi(...params.map((q, j) => (j === k ? p : q)));
      expectClose(grad, numericalGradient(along, params[k] as tf.Tensor, 0.003), 3e-3, 1e-3);
    }
  });

  test('leaks nothing', () => {
    expectNoLeak(() => tf.tidy(() => penalty(params, { fraction: 0.5, seed: 1 })));
    expectNoLeak(() => tf.grads((...theta: tf.Tensor[]) => penalty(theta, { seed: 1 }))(params));
  });
});

test('a list of activations has none for a pool', () => {
  const shapes = [[3, 3, 2, 2], [2], [2, 2, 2, 3], [3], [3, 3], [3]];
  const theta = shapes.map((shape, k) => normal(shape, 10 + k, 0.5));
  const { logits, layers } = sequential([
    { ...conv(theta, 0), pad: 'same' },
    { pool: 'avg', size: [3, 2] },
    { ...conv(theta, 2), activation: 'elu' },
    dense(theta, 4),
  ])(images as tf.Tensor4D);
  const bare = layers.map(({ activation, ...rest }: Layer & { activation?: unknown }) => rest);
  const given = (activation: ActivationName[]) => ({ ...exact, activation });
  expectSame(
    saspNetworkPenalty(logits, bare as Layer[], given(['tanh', 'elu'])),
    saspNetworkPenalty(logits, layers, exact),
  );
  expectThrows(
    () => saspNetworkPenalty(logits, bare as Layer[], given(['tanh', 'linear', 'elu'])),
    /`activation` to be one for each of the 2 hidden layers/,
  );
});

describe('what the shapes give away', () => {
  const K = normal([2, 2, 2, 3], 1) as tf.Tensor4D;
  const W = normal([60, 3], 2) as tf.Tensor2D;
  const { logits, layers } = sequential([{ kernel: K, activation: 'relu' }, { kernel: W }])(
    images as tf.Tensor4D,
  );
  const [first, head] = layers as [Layer, Layer];
  const refuse = (given: unknown[], message: RegExp) =>
    expectThrows(() => saspNetworkPenalty(logits, given as Layer[], {}), message);

  test('a pool that is not in the list', () => {
    refuse(
      [{ ...first, input: tf.slice(first.input as tf.Tensor4D, 0, [3, 4, 4, 2]) }, head],
      /`layers\[1\].input` of shape \[3, 27\], as layers\[0\] makes it; what lies between/,
    );
  });

  test('a pool between two convolutions that is not in the list', () => {
    // 6 × 5 → 5 × 4 by the first kernel; a pool of 2 × 2 would make 2 × 2 of it, as many as 4 × 1
    const second = { input: normal([3, 2, 2, 3], 3), kernel: normal([1, 1, 3, 1], 4) };
    refuse(
      [first, second, head],
      /`layers\[1\].input` of shape \[3, 5, 4, 3\], as layers\[0\] makes/,
    );
    const turned = { ...second, input: normal([3, 4, 5, 3], 3) };
    refuse(
      [first, turned, head],
      /`layers\[1\].input` of shape \[3, 5, 4, 3\], as layers\[0\] makes/,
    );
  });

  test('windows larger than the input', () => {
    const size = (rows: number, columns: number) => ({
      input: images,
      pool: 'avg',
      size: [rows, columns],
    });
    const kernel = (rows: number, columns: number) => ({
      input: images,
      kernel: normal([rows, columns, 2, 1], 5),
      activation: 'relu',
    });
    for (const [rows, columns] of [
      [7, 1],
      [1, 6],
    ] as const) {
      refuse([size(rows, columns), head], /`layers\[0\].size` of at most 6 × 5, the input/);
      refuse([kernel(rows, columns), head], /`layers\[0\].kernel` of at most 6 × 5, the input/);
    }
    // As large is not too large, nor is what `pad: 'same'` fills up: what is refused is the next layer.
    refuse([kernel(6, 5), head], /`layers\[1\].input`/);
    refuse([{ ...kernel(7, 6), pad: 'same' }, head], /`layers\[1\].input`/);
  });

  test('what is no image, no kernel or no size', () => {
    const flat = normal([3, 60], 6);
    refuse(
      [{ ...first, input: flat }, head],
      /`layers\[0\].input` of shape \[3, height, width, channels\]/,
    );
    refuse(
      [{ ...first, kernel: normal([2, 2, 1, 3], 7) }, head],
      /`layers\[0\].kernel` of shape \[h, w, 2, fanOut\]/,
    );
    refuse([{ input: flat }, head], /`layers\[0\].kernel` to be a tensor/);
    for (const size of [[0, 2], [2, 0.5], 0, undefined]) {
      refuse(
        [{ input: images, pool: 'max', size }, head],
        /`layers\[0\].size` to be an integer ≥ 1/,
      );
    }
  });

  test('what is not supported', () => {
    refuse(
      [{ ...first, dilations: 2 }, head],
      /with keys among input, kernel, activation, .*Received: "dilations"/,
    );
    refuse([{ ...first, pad: 1 }, head], /`layers\[0\].pad` to be "valid" or "same"/);
    refuse([{ ...first, strides: 0 }, head], /`layers\[0\].strides` to be an integer ≥ 1/);
    refuse([{ input: images, pool: 'max', size: 9 }, head], /`layers\[0\].size` of at most 6 × 5/);
    refuse(
      [{ input: images, pool: 'min', size: 2 }, head],
      /`layers\[0\].pool` to be "max" or "avg"/,
    );
    refuse(
      [first],
      /`layers` to end in the dense layer that makes the logits. Received: an object with/,
    );
  });
});

describe('how far the dense tail, or the sum over positions, is from the trace', () => {
  // A kernel's derivative is a sum over positions. Its norm squared is not the sum of theirs.
  const K = normal([3, 3, 2, 4], 3, 0.4) as tf.Tensor4D;
  const shares = (pool: SequentialLayer[], fanIn: number) => {
    const W = normal([fanIn, 3], 4, 1 / Math.sqrt(fanIn)) as tf.Tensor2D;
    const model = sequential([
      { kernel: K, activation: 'relu', pad: 'same' },
      ...pool,
      { kernel: W },
    ]);
    const { logits, layers } = model(images as tf.Tensor4D);
    const options = { ...exact, includeBias: false };
    const all = valuesOf(saspNetworkPenalty(logits, layers, options))[0] as number;
    const tail = valuesOf(saspNetworkPenalty(logits, layers.slice(-1), options))[0] as number;
    return { all, tail };
  };

  test('the tail is a part of it', () => {
    for (const { all, tail } of [shares([], 120), shares([{ pool: 'avg', size: [6, 5] }], 4)]) {
      expect(tail).toBeGreaterThan(0);
      expect(all).toBeGreaterThan(tail);
    }
  });
});
