import * as tf from '@tensorflow/tfjs-core';
import { ntkProxies } from '@toploss/nger';
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

const [x, y, z] = [normal([6, 3], 1), normal([6, 2], 2), normal([6, 1], 3)];
const [W1, W2] = [normal([4, 2], 4), normal([4, 1], 5)];

const heads = (h: tf.Tensor): tf.Scalar[] => [
  tf.mean(tf.square(tf.sub(tf.matMul(h, W1), y))),
  tf.mean(tf.abs(tf.sub(tf.elu(tf.matMul(h, W2)), z))),
];

test('by hand', () => {
  // ℓ = (Σ h², 3 h₀): ∂ℓ₀ = 2h, κ₀ = 4·(1 + 4) = 20; κ₁ = 9
  const losses = (h: tf.Tensor) => [
    tf.sum<tf.Scalar>(tf.square(h)),
    tf.mul(3, tf.reshape(tf.slice(h, 0, 1), [])) as tf.Scalar,
  ];
  expectClose(ntkProxies(losses, tf.tensor1d([1, 2])), [20, 9], 1e-6);
});

test('are those of differences', () => {
  const h = normal([6, 4], 6);
  const expected = [0, 1].map((task) => {
    const gradient = numericalGradient((h) => heads(h)[task] as tf.Scalar, h);
    return valuesOf(gradient).reduce((sum, g) => sum + g * g, 0);
  });
  expectClose(ntkProxies(heads, h), expected, 5e-3);
});

describe('by shared parameters', () => {
  const [A, B] = [tf.variable(normal([3, 5], 7)), tf.variable(normal([5, 4], 8))];
  const trunk = () => tf.tanh(tf.matMul(tf.tanh(tf.matMul(x, A)), B));

  test('are the squared norms of their gradients', () => {
    const expected = [0, 1].map((task) => {
      const { grads } = tf.variableGrads(() => heads(trunk())[task] as tf.Scalar, [A, B]);
      return Object.values(grads)
        .flatMap(valuesOf)
        .reduce((sum, g) => sum + g * g, 0);
    });
    expectClose(
      ntkProxies(() => heads(trunk()), [A, B]),
      expected,
      1e-5,
    );
  });

  test('what a task does not reach counts as 0', () => {
    const losses = () => [tf.sum<tf.Scalar>(A), tf.sum<tf.Scalar>(tf.mul(2, B))];
    expectClose(ntkProxies(losses, [A, B]), [15, 80], 1e-6); // ones, and twos
  });

  test('losses that were computed before, inside a gradient', () => {
    const gradients = (proxies: (losses: tf.Scalar[], h: tf.Tensor) => tf.Tensor) =>
      tf.variableGrads(() => {
        const h = trunk();
        const losses = heads(h);
        expectClose(proxies(losses, h), ntkProxies(heads, h), 1e-6);
        return tf.addN(losses) as tf.Scalar;
      }).grads;
    const beside = gradients((losses, h) => ntkProxies(() => losses, h));
    const alone = gradients((_, h) => ntkProxies(heads, h));
    for (const { name } of [A, B]) {
      expectSame(beside[name] as tf.Tensor, alone[name] as tf.Tensor);
    }
  });
});

test('are constants: their gradient is zero, not a wrong second derivative', () => {
  const h = normal([6, 4], 6);
  const f = (h: tf.Tensor) => tf.add(tf.sum(ntkProxies(heads, h)), tf.sum(h));
  expectSame(tf.grad(f)(h), tf.onesLike(h)); // that of the sum alone
});

describe('bad input', () => {
  const h = normal([6, 4], 6);
  const [two, scalar, tokens] = [tf.ones([2]), tf.scalar(1), tf.ones([2], 'int32')];
  const gone = tf.ones([2]);
  gone.dispose();
  const cases: [string, unknown, unknown, RegExp][] = [
    ['no function', [scalar], h, /^nger: expected `taskLosses` to be a function/],
    ['no losses', () => [], h, /^nger: expected `taskLosses\(\)` to be a non-empty array/],
    ['one scalar', () => scalar, h, /^nger: expected `taskLosses\(\)` to be a non-empty array/],
    ['a vector', () => [two], h, /^nger: expected `taskLosses\(\)\[0\]` of shape \[\].*\[2\]/],
    ['another', () => [scalar], h, /^nger: expected `taskLosses\(\)\[0\]` to be computed from/],
    ['no tensor', heads, undefined, /^nger: expected `shared` .*undefined/],
    [
      'nothing',
      heads,
      [],
      /^nger: expected `shared` to be a tensor or a non-empty array of tensors.*an array of 0/,
    ],
    ['tokens', heads, tokens, /^nger: expected `shared` .*int32/],
    ['disposed', heads, [h, gone], /^nger: expected `shared` .*disposed/],
  ];
  test.each(cases)('%s', (_name, losses, shared, message) => {
    expectThrows(() => ntkProxies(losses as typeof heads, shared as tf.Tensor), message);
  });

  test('what the losses throw comes through, and nothing stays', () => {
    const broken = (h: tf.Tensor): tf.Scalar[] => {
      heads(h);
      throw new RangeError('of the heads');
    };
    expectThrows(() => ntkProxies(broken, h), /^of the heads$/);
  });
});

test('nothing leaks', () => {
  const h = normal([6, 4], 6);
  expectNoLeak(() => ntkProxies(heads, h));
  expectNoLeak(() => tf.tidy(() => ntkProxies(heads, h)));
  expect(ntkProxies(heads, h).shape).toEqual([2]);
});
