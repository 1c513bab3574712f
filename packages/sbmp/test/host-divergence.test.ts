import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectEachClose, normal } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { divergenceOfOperations } from '../src/divergence.js';
import { hostDivergence } from '../src/host-divergence.js';

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
