import * as tf from '@tensorflow/tfjs-core';
import { type Head, saspNetworkPenalty, saspWeightsPenalty } from '@toploss/sasp';
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
import { visible } from '../../src/trace/counting.js';
import { ratioOfOperations } from '../../src/trace/ratio.js';
import { hostRatio } from '../../src/trace/ratio-loop.js';

const x = normal([4, 3], 1) as tf.Tensor2D;
const kernels = [normal([3, 5], 2), normal([5, 3], 3)] as tf.Tensor2D[];

type Settings = { root: boolean | 'ratio'; head?: Head; scale?: 'relative'; mask?: tf.Tensor };

function pass([W1, W2]: readonly tf.Tensor[], rows = x) {
  const h = tf.tanh(tf.matMul(rows, W1 as tf.Tensor2D)) as tf.Tensor2D;
  const logits = tf.matMul(h, W2 as tf.Tensor2D) as tf.Tensor2D;
  const layers = [
    { input: rows, kernel: W1 as tf.Tensor2D, activation: 'tanh' as const },
    { input: h, kernel: W2 as tf.Tensor2D },
  ];
  return { logits, layers };
}

const phi = (theta: readonly tf.Tensor[], options: Settings, rows = x) => {
  const { logits, layers } = pass(theta, rows);
  return saspNetworkPenalty(logits, layers, { exact: true, ...options });
};

const signOf = (z: number) => 1 / (1 + Math.exp(-z));
const bits = (p: number) => (p === 0 ? 0 : -p * Math.log(p));

/** V of a row, and the distributions that it predicts, written out. */
function predicted(z: readonly number[], head: Head) {
  if (head === 'softmax') {
    const total = z.reduce((sum, zc) => sum + Math.exp(zc), 0);
    const p = z.map((zc) => Math.exp(zc) / total);
    const mean = z.reduce((sum, zc, c) => sum + zc * (p[c] as number), 0);
    return { V: z.reduce((sum, zc, c) => sum + (p[c] as number) * (zc - mean) ** 2, 0), p: [p] };
  }
  if (head === 'sigmoid') {
    const V = z.reduce((sum, zc) => sum + signOf(zc) * signOf(-zc) * zc ** 2, 0);
    return { V, p: z.map((zc) => [signOf(zc), signOf(-zc)]) };
  }
  return { V: z.reduce((sum, zc) => sum + zc ** 2, 0), p: [] };
}

const entropyOf = (p: readonly number[]) =>
  p.reduce((sum, pc) => sum + bits(pc), 0) / Math.log(p.length);

/** V and γ of all rows: how much more uniform the mean of the predictions is than each of them, and how uncertain those are. */
function written(z: readonly (readonly number[])[], head: Head) {
  const rows = z.map((row) => predicted(row, head));
  const V = meanOf(rows.map((row) => row.V)) + 1e-6;
  const entropies = (rows[0] as (typeof rows)[0]).p.map((first, k) => {
    const all = rows.map((row) => row.p[k] as number[]);
    const mean = first.map((_, c) => meanOf(all.map((p) => p[c] as number)));
    return { ofMean: entropyOf(mean), own: meanOf(all.map(entropyOf)) };
  });
  const h = meanOf(entropies.map(({ own }) => own));
  const gamma = ((meanOf(entropies.map(({ ofMean }) => ofMean)) - h) * h) / (h + 0.25);
  return { V, gamma: head === 'linear' ? 1 : gamma };
}

const meanOf = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(['softmax', 'sigmoid', 'linear'] as const)('%s', (head) => {
  const z = pass(kernels).logits.arraySync();

  test('Φ = γ ½ ln(1 + 100 T/V)', () => {
    const T = valuesOf(phi(kernels, { root: false, head }))[0] as number;
    const { V, gamma } = written(z, head);
    expectClose(phi(kernels, { root: 'ratio', head }), (gamma * Math.log1p((100 * T) / V)) / 2);
  });

  test('its gradient is that of the logarithm; γ is a constant', () => {
    const { gamma } = written(z, head);
    const grads = tf.grads((...theta: tf.Tensor[]) => phi(theta, { root: 'ratio', head }))(kernels);
    const ofLogarithm = (...theta: tf.Tensor[]) => {
      const at = written(pass(theta).logits.arraySync(), head);
      return tf.mul(gamma / at.gamma, phi(theta, { root: 'ratio', head })) as tf.Scalar;
    };
    const expected = kernels.map((kernel, k) =>
      numericalGradient(
        (q) => ofLogarithm(...kernels.map((own, j) => (j === k ? q : own))),
        kernel,
        0.01,
      ),
    );
    for (const [k, grad] of grads.entries()) {
      expectClose(grad, expected[k] as tf.Tensor, 2e-3, 1e-3);
    }
  });

  test('one loop is the operations, of the rows that count', () => {
    const T = tf.scalar(0.3);
    for (const counts of [undefined, tf.greater(normal([4, 3], 8), 0)]) {
      const logits = visible(normal([4, 3, 5], 7, 2), counts);
      const looped = hostRatio({ head, logits, counts }, T);
      const operations = ratioOfOperations({ head, logits, counts }, T);
      if (['cpu', 'wasm'].includes(tf.getBackend())) {
        expectClose(looped?.value as tf.Scalar, operations.value, 1e-5);
        for (const [k, grad] of operations.grads.entries()) {
          expectClose(looped?.grads[k] as tf.Tensor, grad, 1e-5, 1e-7);
        }
      } else {
        expect(looped).toBeUndefined();
      }
    }
  });

  test('rows that do not count change nothing', () => {
    const mask = tf.tensor1d([1, 1, 0, 1]);
    const others = tf.concat([
      tf.slice(x, 0, 2),
      tf.fill([1, 3], 7),
      tf.slice(x, 3, 1),
    ]) as tf.Tensor2D;
    const three = tf.concat([tf.slice(x, 0, 2), tf.slice(x, 3, 1)]) as tf.Tensor2D;
    const options = { root: 'ratio', head } as const;
    const expected = phi(kernels, options, three);
    expectClose(phi(kernels, { ...options, mask }), expected);
    expectClose(phi(kernels, { ...options, mask }, others), expected);
  });

  test('the same from the trace by weight noise', () => {
    const theta = kernels.map((kernel) => tf.variable(kernel));
    const modelFn = (e: tf.Tensor) => pass(theta, e as tf.Tensor2D).logits;
    const { logits } = pass(theta);
    const of = (root: Settings['root']) =>
      saspWeightsPenalty(logits, modelFn, x, theta, { head, root, seed: 2 });
    const { V, gamma } = written(z, head);
    const ratio = (valuesOf(of(false))[0] as number) / V;
    expectClose(of('ratio'), (gamma * Math.log1p(100 * ratio)) / 2, 1e-4);
    expectNoLeak(() => of('ratio'));
    tf.dispose(theta);
  });
});

test('of linear logits it does not depend on their size, nor on where the size lies', () => {
  const options = { root: 'ratio', head: 'linear', scale: 'relative' } as const;
  const [W1, W2] = kernels as [tf.Tensor2D, tf.Tensor2D];
  const linear = ([A, B]: [tf.Tensor, tf.Tensor]) => {
    const h = tf.matMul(x, A as tf.Tensor2D) as tf.Tensor2D;
    const layers = [
      { input: x, kernel: A as tf.Tensor2D, activation: 'linear' as const },
      { input: h, kernel: B as tf.Tensor2D },
    ];
    const logits = tf.matMul(h, B as tf.Tensor2D) as tf.Tensor2D;
    return saspNetworkPenalty(logits, layers, { ...options, exact: true });
  };
  const expected = linear([W1, W2]);
  for (const [first, second] of [
    [4, 0.25],
    [2, 8],
  ] as const) {
    expectClose(linear([tf.mul(first, W1), tf.mul(second, W2)]), expected, 1e-5);
  }
});

test('of small weights its gradient is small, where that of the root is not', () => {
  const gradient = (size: number, root: boolean | 'ratio') => {
    const theta = kernels.map((kernel) => tf.mul(size, kernel));
    const grads = tf.grads((...q: tf.Tensor[]) => phi(q, { root, scale: 'relative' }))(theta);
    // by the logarithm of the weights' size: ⟨∇Φ, θ⟩ over the size of the logits
    const along = tf.addN(grads.map((grad, k) => tf.sum(tf.mul(grad, theta[k] as tf.Tensor))));
    return Math.abs(valuesOf(along)[0] as number) / size ** 2;
  };
  expect(gradient(0.02, true) / gradient(0.2, true)).toBeGreaterThan(0.8);
  expect(gradient(0.02, 'ratio') / gradient(0.2, 'ratio')).toBeLessThan(0.1);
});

test('where all examples have the same prediction, it is nothing', () => {
  const same = tf.tile(tf.slice(x, 0, 1), [4, 1]) as tf.Tensor2D;
  const grads = tf.grads((...q: tf.Tensor[]) => phi(q, { root: 'ratio' }, same))(kernels);
  for (const grad of grads) {
    expectClose(grad, tf.zerosLike(grad), 0, 1e-5);
  }
});

test('where all predictions are certain, it is nothing, however different they are', () => {
  const big = kernels.map((kernel) => tf.mul(60, kernel));
  const ratio = (theta: readonly tf.Tensor[]) =>
    valuesOf(phi(theta, { root: 'ratio' }))[0] as number;
  expect(ratio(big)).toBeLessThan(1e-2 * ratio(kernels));
});

test('no weights, and predictions that are certain: finite', () => {
  const zero = kernels.map((kernel) => tf.zerosLike(kernel));
  expectSame(phi(zero, { root: 'ratio' }), 0);
  const big = kernels.map((kernel) => tf.mul(60, kernel));
  for (const theta of [zero, big]) {
    const grads = tf.grads((...q: tf.Tensor[]) => phi(q, { root: 'ratio' }))(theta);
    expect(grads.flatMap(valuesOf).every(Number.isFinite)).toBe(true);
  }
});

test('the name of a root that there is not', () => {
  const { logits, layers } = pass(kernels);
  expectThrows(
    () => saspNetworkPenalty(logits, layers, { root: 'log' as never }),
    /`root` to be true, false or 'ratio'/,
  );
});
