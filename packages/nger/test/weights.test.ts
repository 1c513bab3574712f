import * as tf from '@tensorflow/tfjs-core';
import { type NgerOptions, ngerLoss, ngerWeights, type PerTask } from '@toploss/nger';
import {
  expectClose,
  expectFinite,
  expectNoLeak,
  expectSame,
  expectThrows,
  expectThrowsWhereSeen,
  valuesOf,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const total = (w: tf.Tensor) => valuesOf(w).reduce((a, b) => a + b, 0);

describe('by hand', () => {
  test('w ∝ r/κ', () => {
    // r = (1, 3), κ = (1, 2): r/κ = (1, 1.5), w = (.4, .6); L = .4·2 + .6·4 = 3.2
    const given = [[2, 4], [1, 1], [1, 2]] as const; // biome-ignore format: a table
    expectClose(ngerWeights(...given), [0.4, 0.6], 2e-6);
    expectClose(ngerLoss(...given), 3.2, 2e-6);
  });

  test('w ∝ r/√κ with γ = ½, and r alone with γ = 0', () => {
    expectClose(ngerWeights([1, 1], [0, 0], [1, 9], { gamma: 0.5 }), [0.75, 0.25], 2e-6);
    expectClose(ngerWeights([1, 3], [0, 0], [1, 9], { gamma: 0 }), [0.25, 0.75], 2e-6);
  });

  test('a task at its floor, or below, counts as ε', () => {
    // (1 + ε) : ε with ε = 1: 2 : 1
    expectClose(ngerWeights([1, 0.5], [0, 0.5], [0, 0], { eps: 1 }), [2 / 3, 1 / 3], 1e-6);
    expectClose(ngerWeights([1, 0.2], [0, 0.5], [0, 0], { eps: 1 }), [2 / 3, 1 / 3], 1e-6);
  });
});

describe('laws', () => {
  const [losses, floors, proxies] = [
    [2.5, 0.3, 1.2],
    [0.5, 0.1, 1.1],
    [4, 0.1, 20],
  ] as const;

  test.each([1, 3, 0.5])('the weights sum to %s', (sum) => {
    expect(total(ngerWeights(losses, floors, proxies, { total: sum }))).toBeCloseTo(sum, 5);
  });

  test('tasks in another order: the weights in that order', () => {
    const turn = ([a, b, c]: readonly [number, number, number]) => [c, a, b];
    const w = valuesOf(ngerWeights(losses, floors, proxies)) as [number, number, number];
    expectClose(ngerWeights(turn(losses), turn(floors), turn(proxies)), turn(w), 1e-6);
  });

  test('all proxies times a constant: the same weights', () => {
    const more = proxies.map((x) => 100 * x);
    expectClose(ngerWeights(losses, floors, more), ngerWeights(losses, floors, proxies), 1e-4);
  });

  test('one task has all', () => {
    expectSame(ngerWeights([3], [1], [0.1], { total: 2 }), [2]);
  });

  test('nothing flows into the weights', () => {
    const [k, f] = [tf.tensor1d([...proxies]), tf.tensor1d([...floors])];
    const given = (l: tf.Tensor, f: tf.Tensor, k: tf.Tensor) =>
      ngerLoss(l as tf.Tensor1D, f as tf.Tensor1D, k as tf.Tensor1D);
    const at = tf.tensor1d([...losses]);
    expectSame(tf.grad((l: tf.Tensor) => given(l, f, k))(at), ngerWeights(at, f, k));
    const byProxies = (k: tf.Tensor) => tf.add(given(at, f, k), tf.sum(k));
    expectSame(tf.grad(byProxies)(k), [1, 1, 1]); // that of the sum alone
    const byFloors = (f: tf.Tensor) => tf.add(given(at, f, k), tf.sum(f));
    expectSame(tf.grad(byFloors)(f), [1, 1, 1]);
  });
});

test('a tensor, an array of scalars, of numbers, of both: the same', () => {
  const values = [2, 4, 3];
  const forms: PerTask[] = [
    tf.tensor1d(values),
    values,
    values.map((x) => tf.scalar(x)),
    [2, tf.scalar(4), 3],
  ];
  const expected = ngerLoss(values, [1, 1, 1], [1, 2, 3]);
  for (const form of forms) {
    expectSame(ngerLoss(form, [1, 1, 1], [1, 2, 3]), expected);
    expectSame(ngerWeights(values, [1, 1, 1], form), ngerWeights(values, [1, 1, 1], values));
  }
});

test('scalars that a network made are differentiated', () => {
  const f = (a: tf.Tensor, b: tf.Tensor) =>
    ngerLoss([tf.square(a) as tf.Scalar, tf.mul(3, b) as tf.Scalar], [0, 0], [1, 1]);
  // ℓ = (4, 3): w = (4, 3)/7; ∂/∂a = 2·2·4/7, ∂/∂b = 3·3/7
  const [a, b] = tf.grads(f)([tf.scalar(2), tf.scalar(1)]) as [tf.Tensor, tf.Tensor];
  expectClose(a, [16 / 7], 1e-5);
  expectClose(b, [9 / 7], 1e-5);
});

describe('at the edges', () => {
  test.each([
    ['proxies of 0', [1, 2], [0, 0], [0, 0]],
    ['one proxy of 0', [1, 2], [0, 0], [0, 5]],
    ['everything 0', [0, 0], [0, 0], [0, 0]],
    ['large', [1e30, 1], [0, 0], [1e30, 1e-30]],
    ['small', [1e-30, 1e-30], [0, 0], [1e-38, 1e-38]],
    ['negative losses', [-3, -5], [-4, -5], [1, 1]],
  ])('%s', (_name, losses, floors, proxies) => {
    const [w, L] = [ngerWeights(losses, floors, proxies), ngerLoss(losses, floors, proxies)];
    expectFinite(w, L);
    expect(total(w)).toBeCloseTo(1, 5);
  });
});

describe('bad input', () => {
  const gone = tf.tensor1d([1, 2]);
  gone.dispose();
  const [fine, matrix, three] = [[1, 2], tf.ones([1, 2]), tf.tensor1d([1, 2, 3])];
  const cases: [string, unknown, unknown, unknown, unknown, RegExp][] = [
    ['floors', fine, [1], fine, {}, /^nger: expected `floors` of length 2.*an array of 1/],
    ['proxies', fine, fine, three, {}, /^nger: expected `ntkProxies` of shape \[2\].*\[3\]/],
    ['no tasks', [], [], [], {}, /^nger: expected `taskLosses` to hold at least one task/],
    [
      'no entries',
      tf.tensor1d([]),
      [],
      [],
      {},
      /^nger: expected `taskLosses` to hold at least one/,
    ],
    ['matrix', matrix, fine, fine, {}, /^nger: expected `taskLosses` of shape \[T\]/],
    ['disposed', gone, fine, fine, {}, /^nger: expected `taskLosses` .*disposed/],
    ['nothing', undefined, fine, fine, {}, /^nger: expected `taskLosses` .*undefined/],
    ['vectors', [three, three], fine, fine, {}, /^nger: expected `taskLosses\[0\]` of shape \[\]/],
    ['NaN', [1, Number.NaN], fine, fine, {}, /^nger: expected `taskLosses\[1\]` to be finite.*NaN/],
    [
      'first',
      fine,
      fine,
      [-1, 1],
      {},
      /^nger: expected `ntkProxies\[0\]` to be finite and ≥ 0.*-1/,
    ],
    ['∞', fine, [0, -Infinity], fine, {}, /^nger: expected `floors\[1\]` to be finite.*-Infinity/],
    [
      'κ < 0',
      fine,
      fine,
      [1, -1],
      {},
      /^nger: expected `ntkProxies\[1\]` to be finite and ≥ 0.*-1/,
    ],
    ['γ', fine, fine, fine, { gamma: -1 }, /^nger: expected `gamma` .*≥ 0/],
    ['ε', fine, fine, fine, { eps: 0 }, /^nger: expected `eps` .*> 0/],
    ['ε = ∞', fine, fine, fine, { eps: Infinity }, /^nger: expected `eps` .*> 0.*Infinity/],
    ['total', fine, fine, fine, { total: Number.NaN }, /^nger: expected `total` .*NaN/],
    ['unknown', fine, fine, fine, { window: 5 }, /^nger: expected `options` .*"window"/],
  ];
  test.each(cases)('%s', (_name, losses, floors, proxies, options, message) => {
    for (const f of [ngerWeights, ngerLoss]) {
      const call = () =>
        f(losses as PerTask, floors as PerTask, proxies as PerTask, options as NgerOptions);
      expectThrows(call, message);
    }
  });
});

test('what is not finite in a tensor', () => {
  for (const losses of [tf.tensor1d([1, Number.NaN]), [1, tf.scalar(Number.NaN)]]) {
    expectThrowsWhereSeen(
      () => ngerWeights(losses, [0, 0], [1, 1]),
      /^nger: expected `taskLosses\[1\]` to be finite.*NaN/,
    );
  }
});

test('nothing leaks, and the arguments are not changed', () => {
  const given = [tf.tensor1d([1, 2]), tf.tensor1d([0, 1]), tf.tensor1d([3, 4])] as const;
  const before = given.map(valuesOf);
  expectNoLeak(() => [ngerWeights(...given), ngerLoss(...given), ngerLoss([1, 2], [0, 0], [1, 1])]);
  const f = (l: tf.Tensor) => ngerLoss(l as tf.Tensor1D, given[1], given[2]);
  expectNoLeak(() => tf.valueAndGrad(f)(given[0]));
  expect(given.map(valuesOf)).toEqual(before);
});
