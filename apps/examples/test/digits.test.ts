import * as tf from '@tensorflow/tfjs-core';
import { expectNoLeak } from '@toploss/testing';
import { expect, test } from 'vitest';
import { batchesOf, loadDigits, readDigits, withNoise } from '../src/digits.js';

test('there are 1797 images of 64 pixels, each with a label', () => {
  const { pixels, labels } = readDigits();
  expect(pixels).toHaveLength(1797);
  expect(labels).toHaveLength(1797);
  expect(pixels.every((image) => image.length === 64)).toBe(true);
});

test('every image is in one of the sets', () => {
  const sets = Object.values(loadDigits());
  expect(sets.map(({ x }) => x.shape)).toEqual([500, 1297].map((n) => [n, 64]));
  const sums = (rows: number[][]) => rows.map((row) => row.join()).sort();
  const all = sets.flatMap(({ x }) => (tf.mul(x, 16) as tf.Tensor2D).arraySync());
  expect(sums(all)).toEqual(sums(readDigits().pixels));
  tf.dispose(sets.map((set) => ({ ...set })));
});

test('a fifth of the training labels changes, each to another class, and no other label', () => {
  const [clean, noisy] = [loadDigits(), loadDigits({ labelNoise: 0.2 })];
  const classes = (y: tf.Tensor2D) => [...tf.argMax(y, 1).dataSync()];
  const changed = (set: keyof typeof clean) => {
    const before = classes(clean[set].y);
    return classes(noisy[set].y).filter((label, k) => label !== before[k]).length;
  };
  expect([changed('training'), changed('test')]).toEqual([100, 0]);
  expect(withNoise([9, 9, 9, 9], 0.5).filter((label) => label !== 9)).toHaveLength(2);
  tf.dispose([clean, noisy].flatMap((sets) => Object.values(sets).map((set) => ({ ...set }))));
});

test('an epoch has every example once, in the order of its seed, and leaves no batch behind', () => {
  const x = tf.tensor2d([0, 1, 2, 3, 4], [5, 1]);
  const read = (seed: number, limit = Number.POSITIVE_INFINITY) => {
    const rows: number[][] = [];
    for (const batch of batchesOf({ x, y: x }, 2, seed)) {
      expect([...batch.y.dataSync()]).toEqual([...batch.x.dataSync()]);
      rows.push([...batch.x.dataSync()]);
      if (rows.length === limit) break;
    }
    return rows;
  };
  expect(read(1).map((rows) => rows.length)).toEqual([2, 2, 1]);
  expect(read(1).flat().sort()).toEqual([0, 1, 2, 3, 4]);
  expect(read(1)).toEqual(read(1));
  expect(read(1)).not.toEqual(read(2));
  for (const limit of [1, 3]) {
    expectNoLeak(() => {
      read(1, limit);
      return [];
    });
  }
  x.dispose();
});
