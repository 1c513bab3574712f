import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectNoLeak, valuesOf } from '@toploss/testing';
import { describe, expect, it } from 'vitest';
import { MODELS } from '../src/studies/flat-minima/arms.js';
import { predicting } from '../src/studies/flat-minima/models/model.js';
import { patchesOf } from '../src/studies/flat-minima/models/patches.js';
import { product } from '../src/studies/flat-minima/models/product.js';
import { modelOf } from '../src/studies/flat-minima/models.js';

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Values and gradients of two functions of two tensors, each weighted alike. */
function expectSameFunction(f: Binary, g: Binary, a: tf.Tensor, b: tf.Tensor): void {
  const size = f(a, b).size;
  const weights = Float32Array.from({ length: size }, (_, k) => Math.sin(k));
  const parts = (h: Binary) => {
    const flat = (x: tf.Tensor, y: tf.Tensor) => tf.reshape(h(x, y), [size]);
    const grads = tf.grads((x, y) => tf.sum(tf.mul(flat(x, y), weights)))([a, b]);
    return [flat(a, b), ...grads].map((x) => valuesOf(x));
  };
  const [found, expected] = [parts(f), parts(g)];
  for (const [k, values] of found.entries()) {
    expectClose(values, expected[k] as number[]);
  }
}

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);

it('a product is that of tf.matMul, its gradients too', () => {
  const matMul = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D);
  expectSameFunction(product, matMul, random([3, 4], 1), random([4, 2], 2));
});

it.each([1, 2] as const)('patches times a kernel are tf.conv2d with stride %i', (stride) => {
  const [side, inputs, outputs] = [4, 2, 3];
  const patches = patchesOf(side, stride);
  const convolution: Binary = (x, kernel) =>
    tf.conv2d(tf.pad(x as tf.Tensor4D, MARGINS), kernel as tf.Tensor4D, stride, 'valid');
  const byPatches: Binary = (x, kernel) =>
    product(patches(tf.reshape(x, [-1, inputs])), tf.reshape(kernel, [-1, outputs]));
  expectSameFunction(
    byPatches,
    convolution,
    random([2, side, side, inputs], 1),
    random([3, 3, inputs, outputs], 2),
  );
});

const MARGINS: [number, number][] = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
];

const digits = (count: number, seed: number) =>
  tf.randomUniform([count, 64], 0, 1, 'float32', seed) as tf.Tensor2D;

describe.each(MODELS)('%s', (name) => {
  it('is decided by its seed', () => {
    const [a, again, other] = [1, 1, 2].map((seed) => {
      const { params } = modelOf(name, seed);
      return params.flatMap((p) => valuesOf(p));
    });
    expect(again).toEqual(a);
    expect(other).not.toEqual(a);
  });

  it('trains all of its parameters', () => {
    const { params, forward } = modelOf(name, 1);
    const x = digits(4, 1);
    const { grads } = tf.variableGrads(() => tf.sum(tf.square(forward(x).logits)), params);
    for (const grad of Object.values(grads)) {
      expect(Math.max(...valuesOf(grad).map(Math.abs))).toBeGreaterThan(0);
    }
  });

  it('predicts each digit by itself, and what it was trained on alike', () => {
    const { network, x, training } = {
      network: modelOf(name, 1),
      x: digits(3, 1),
      training: digits(5, 2),
    };
    const { forward } = predicting(network, training);
    const together = valuesOf(forward(x).logits);
    const alone = valuesOf(forward(tf.slice(x, [1, 0], [1, -1])).logits);
    expectClose(alone, together.slice(10, 20));
    expectClose(valuesOf(forward(training).logits), valuesOf(network.forward(training).logits));
  });

  it('leaves nothing but its outputs', () => {
    const { forward } = modelOf(name, 1);
    const x = digits(2, 1);
    expectNoLeak(() => tf.tidy(() => void forward(x)));
  });
});

it('a network is a batch-norm one where a digit depends on the others in training', () => {
  const x = digits(3, 1);
  const depends = MODELS.filter((name) => {
    const { forward } = modelOf(name, 1);
    const together = valuesOf(forward(x).logits).slice(0, 10);
    const alone = valuesOf(forward(tf.slice(x, 0, 1)).logits);
    return together.some((z, k) => Math.abs(z - (alone[k] as number)) > 1e-3);
  });
  expect(depends).toEqual(['CNN']);
});
