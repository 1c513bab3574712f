import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectEachClose, normal } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { divergenceOfOperations } from '../src/formula.js';
import { hostDivergence } from '../src/loop.js';

function expectEqual(z: tf.Tensor, zHat: tf.Tensor, symmetric: boolean) {
  const [loop, operations] = [
    hostDivergence(z, zHat, symmetric),
    divergenceOfOperations(z, zHat, symmetric),
  ];
  expectClose(loop?.rows as tf.Tensor, operations.rows, 2e-5);
  expectClose(loop?.qMinusP as tf.Tensor, operations.qMinusP, 1e-5);
}

test('by hand: a coin of ½ beside one of ¾', () => {
  // KL(½ ‖ ¾) = ½ log(½/¾) + ½ log(½/¼) = ½ log(2/3) + ½ log 2 = ½ log 4/3
  const z = tf.zeros([1, 2]);
  const zHat = tf.tensor2d([[Math.log(3), 0]]);
  const { rows, qMinusP } = hostDivergence(z, zHat, false) ?? expect.unreachable();
  expectEachClose(rows, [Math.log(4 / 3) / 2]);
  expectEachClose(qMinusP, [0.25, -0.25]);
});

test('by hand: a margin of 60, to the last digit of every entry', () => {
  // p, q of the other class: e^−60, e^−60.5; the likely one has as much less
  const { qMinusP } =
    hostDivergence(tf.tensor2d([[60, 0]]), tf.tensor2d([[60.5, 0]]), true) ?? expect.unreachable();
  const moved = Math.exp(-60) - Math.exp(-60.5);
  expectEachClose(qMinusP, [moved, -moved], 1e-6, 1e-40);
});

test('by hand: where a series takes over', () => {
  const [x, y] = [0.0198, 0]; // δ = ±.0099
  const total = Math.exp(x) + Math.exp(y);
  const [p, q] = [0.5, Math.exp(x) / total];
  const expected = p * Math.log(p / q) + p * Math.log(p / (1 - q));
  const { rows } =
    hostDivergence(tf.zeros([1, 2]), tf.tensor2d([[x, y]]), false) ?? expect.unreachable();
  expectEachClose(rows, [expected], 2e-6);
});

describe('a class that the clean side masks by −∞', () => {
  const clean = tf.tensor2d([[0, Number.NEGATIVE_INFINITY, 0]]);
  test('by hand: 0 log 0 = 0', () => {
    // p = (½, 0, ½), q = (⅓, ⅓, ⅓): KL(p ‖ q) = log 3/2
    const { rows } = hostDivergence(clean, tf.zeros([1, 3]), false) ?? expect.unreachable();
    expectEachClose(rows, [Math.log(1.5)]);
  });
  test('and that the noisy side all but masks: 0·∞ = 0', () => {
    const { rows } =
      hostDivergence(clean, tf.tensor2d([[0, -1000, 0]]), true) ?? expect.unreachable();
    expectEachClose(rows, [0]);
  });
});

test('far apart in one class and in one row alone', () => {
  const z = tf.zeros([1, 2, 2]);
  const zHat = tf.tensor3d([[[-50, 0], [0, 0]]]); // biome-ignore format: a row in each
  for (const symmetric of [true, false]) {
    expectEqual(z, zHat, symmetric);
    expectEqual(z, tf.transpose(zHat, [0, 2, 1]), symmetric);
  }
});

describe.each([true, false])(
  'the loop and the operations are equal, symmetric: %s',
  (symmetric) => {
    const z = normal([3, 4, 5], 1, 3);
    test.each([1e-6, 1e-4, 1e-2, 1, 10, 100])('apart by %d', (distance) => {
      expectEqual(z, tf.add(z, normal([3, 4, 5], 2, distance)), symmetric);
    });
    test.each([20, 40, 90])('a likely class, by a margin of %d', (margin) => {
      const sure = tf.tensor2d([[margin, 0, 1]]);
      expectEqual(sure, tf.add(sure, tf.tensor2d([[0.1, -0.2, 0.3]])), symmetric);
    });
    test('classes that are masked by −∞ on both sides', () => {
      const [a, b] = [
        [1, Number.NEGATIVE_INFINITY, 2],
        [2, Number.NEGATIVE_INFINITY, 1],
      ].map((row) => tf.tensor2d([row])) as [tf.Tensor, tf.Tensor];
      expectEqual(a, b, symmetric);
      expect(hostDivergence(a, b, symmetric)?.rows.dataSync()[0]).toBeGreaterThan(0);
    });
    test('the same logits do not differ', () => {
      const { rows, qMinusP } = hostDivergence(z, z, symmetric) ?? expect.unreachable();
      expect(new Set([...rows.dataSync(), ...qMinusP.dataSync()].map(Math.abs))).toEqual(
        new Set([0]),
      );
    });
  },
);
