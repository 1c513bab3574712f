import * as tf from '@tensorflow/tfjs-core';
import { dot } from '@toploss/core/kit';
import { dmtaPenalty } from '@toploss/dmta';
import {
  expectClose,
  expectFinite,
  expectNoLeak,
  expectSame,
  expectThrows,
  numericalGradient,
  valuesOf,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const gradient = (g: tf.Tensor1D, slow: tf.Tensor1D, options = {}) =>
  tf.valueAndGrad((x: tf.Tensor) => dmtaPenalty(x as tf.Tensor1D, slow, options))(g);

const random = (n: number, seed: number): tf.Tensor1D =>
  tf.randomNormal([n], 0, 1, 'float32', seed);

test('by hand', () => {
  // g = (3, 0), m̄ = (1, 1): ĝ = (1, 0), m̂ = (s, s), s = √½; cos = s, Φ = 1 − s
  // ∂Φ/∂g = −((s, s) − s (1, 0))/3 = (0, −s/3)
  const s = Math.SQRT1_2;
  const { value, grad } = gradient(tf.tensor1d([3, 0]), tf.tensor1d([1, 1]));
  expectClose(value, 1 - s, 1e-6);
  expectClose(grad, [0, -s / 3], 1e-6);
});

test('by hand: a right angle, and more than one', () => {
  // g = (2, 0), m̄ = (0, 5): cos = 0, Φ = 1, ∂Φ/∂g = −(0, 1)/2
  const right = gradient(tf.tensor1d([2, 0]), tf.tensor1d([0, 5]));
  expectClose(right.value, 1);
  expectClose(right.grad, [0, -0.5]);
  // g = (2, 0), m̄ = (−3, 4): m̂ = (−.6, .8), cos = −.6, Φ = 1.6, ∂Φ/∂g = −((−.6, .8) + .6 (1, 0))/2
  const obtuse = gradient(tf.tensor1d([2, 0]), tf.tensor1d([-3, 4]));
  expectClose(obtuse.value, 1.6, 1e-6);
  expectClose(obtuse.grad, [0, -0.4], 1e-6);
});

describe('laws', () => {
  const pairs = Array.from(
    { length: 10 },
    (_, k) => [random(1 + 7 * k, 1 + k), random(1 + 7 * k, 100 + k)] as const,
  );

  test('Φ ∈ [0, 2], and 2 − Φ for −m̄', () => {
    for (const [g, m] of pairs) {
      const [phi] = valuesOf(dmtaPenalty(g, m)) as [number];
      expect(phi).toBeGreaterThanOrEqual(0);
      expect(phi).toBeLessThanOrEqual(2);
      expectClose(dmtaPenalty(g, tf.neg(m)), 2 - phi, 1e-6);
      expectClose(dmtaPenalty(m, g), phi, 1e-6);
    }
  });

  test('the gradient is orthogonal to g', () => {
    for (const [g, m] of pairs) {
      const { grad } = gradient(g, m);
      expectClose(dot(g, grad), 0, 0, 1e-6);
    }
  });

  test('the gradient is that of the value', () => {
    for (const [g, m] of pairs.slice(1, 4)) {
      const numerical = numericalGradient((x) => dmtaPenalty(x as tf.Tensor1D, m), g);
      expectClose(gradient(g, m).grad, numerical, 2e-3);
    }
  });

  test.each([1e-30, 1e-20, 1e-3, 1e10, 1e30])('the scale does not matter: × %s', (scale) => {
    const [g, m] = [random(20, 1), random(20, 2)];
    const { value, grad } = gradient(g, m, { eps: 0 });
    const scaled: tf.Tensor1D = tf.mul(g, scale);
    // Φ is the same, ∂Φ/∂g is 1/scale of what it was …
    const ofGradient = gradient(scaled, m, { eps: 0 });
    expectClose(ofGradient.value, value, 1e-6);
    expectClose(tf.mul(ofGradient.grad, scale), grad);
    // … and m̄ has no scale at all.
    const ofAverage = gradient(g, tf.mul(m, scale));
    expectClose(ofAverage.value, value, 1e-6);
    expectClose(ofAverage.grad, grad);
  });

  test('eps is the floor of 1/‖g‖, and leaves Φ alone', () => {
    // ‖g‖ = 1e-15: the gradient of length sin 45° / 1e-12
    const { value, grad } = gradient(tf.tensor1d([1e-15, 0]), tf.tensor1d([1, 1]));
    expectClose(value, 1 - Math.SQRT1_2, 1e-6);
    expectClose(grad, [0, -Math.SQRT1_2 * 1e12], 1e-6);
    expectClose(
      gradient(tf.tensor1d([3, 0]), tf.tensor1d([1, 1]), { eps: 10 }).grad,
      [0, -Math.SQRT1_2 / 10],
      1e-6,
    );
  });

  test('small angles keep their digits', () => {
    // g = (1, 0), m̄ = (1, t): tan of the angle is t; Φ = 1 − cos = t²/2 + O(t⁴), ∂Φ/∂g = (0, −sin)
    for (const t of [1e-2, 1e-3, 1e-4, 1e-5]) {
      for (const sign of [1, -1]) {
        const { value, grad } = gradient(tf.tensor1d([1, 0]), tf.tensor1d([sign, sign * t]));
        const phi = (t * t) / (1 + t * t) / (1 + 1 / Math.sqrt(1 + t * t));
        expectClose(value, sign > 0 ? phi : 2 - phi, 1e-4, 0);
        expectClose(grad, [0, (-sign * t) / Math.sqrt(1 + t * t)], 1e-3, 1e-12);
      }
    }
  });

  test('in a row with others its gradient is scaled', () => {
    const [g, m] = [random(5, 1), random(5, 2)];
    const weighted = tf.grad((x: tf.Tensor) => tf.mul(3, dmtaPenalty(x as tf.Tensor1D, m)))(g);
    expectClose(weighted, tf.mul(3, gradient(g, m).grad), 1e-6);
  });

  test('nothing flows into the average', () => {
    const g = random(5, 1);
    const f = (m: tf.Tensor) => tf.add(dmtaPenalty(g, m as tf.Tensor1D), tf.sum(m));
    expectSame(tf.grad(f)(random(5, 2)), tf.onesLike(g)); // that of the sum alone
  });
});

describe('without a direction Φ is 1 and its gradient 0', () => {
  const [zero, some, none] = [tf.zeros([3]), tf.tensor1d([1, 2, 3]), tf.zeros([0])] as [
    tf.Tensor1D,
    tf.Tensor1D,
    tf.Tensor1D,
  ];
  test.each([
    ['g', zero, some],
    ['m̄', some, zero],
    ['both', zero, zero],
    ['nothing at all', none, none],
    ['subnormal', tf.mul(some, 1e-42) as tf.Tensor1D, some],
  ])('%s', (_name, g, m) => {
    for (const eps of [1e-12, 0]) {
      const { value, grad } = gradient(g, m, { eps });
      expectSame(value, [1]);
      expectSame(grad, tf.zerosLike(g));
      expectFinite(grad);
    }
  });
});

describe('bad input', () => {
  const [g, m] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
  const gone = tf.tensor1d([1, 2]);
  gone.dispose();
  const cases: [string, unknown, unknown, unknown, RegExp][] = [
    ['lengths', g, tf.tensor1d([1]), {}, /^dmta: expected `slow` of shape \[2\].*float32 \[1\]/],
    ['a matrix', tf.ones([2, 2]), m, {}, /^dmta: expected `grad` of shape \[n\]/],
    ['no tensor', [1, 2], m, {}, /^dmta: expected `grad` .*an array of 2/],
    ['disposed', g, gone, {}, /^dmta: expected `slow` .*a disposed tensor/],
    ['eps', g, m, { eps: -1 }, /^dmta: expected `eps` /],
    ['eps', g, m, { eps: Number.NaN }, /^dmta: expected `eps` .*NaN/],
    [
      'unknown',
      g,
      m,
      { epsilon: 1 },
      /^dmta: expected `options` .*among eps\. Received: "epsilon"/,
    ],
    ['null', g, m, null, /^dmta: expected `options` .*null/],
  ];
  test.each(cases)('%s', (_name, grad, slow, options, message) => {
    expectThrows(
      () => dmtaPenalty(grad as tf.Tensor1D, slow as tf.Tensor1D, options as object),
      message,
    );
  });
});

test('nothing leaks, and the arguments are not changed', () => {
  const [g, m] = [random(9, 1), random(9, 2)];
  const before = [valuesOf(g), valuesOf(m)];
  expectNoLeak(() => ({ ...gradient(g, m), alone: dmtaPenalty(g, m) }));
  expect([valuesOf(g), valuesOf(m)]).toEqual(before);
});
