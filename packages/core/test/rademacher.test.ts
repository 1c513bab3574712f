import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { dot, rademacher, randomSeed, sum } from '../src/kit/index.js';

test('by hand: signs, whose squares sum to their number', () => {
  const signs = rademacher([3, 5], 1);
  expect(signs.shape).toEqual([3, 5]);
  expect(signs.dtype).toBe('float32');
  expect(dot(signs, signs).dataSync()[0]).toBe(15);
});

test('the same seed makes the same signs, another seed independent ones', () => {
  const n = 10_000;
  const [a, b, again] = [rademacher([n], 'a'), rademacher([n], 'b'), rademacher([n], 'a')];
  expect(again.dataSync()).toEqual(a.dataSync());
  // Sums of n independent signs: a standard deviation of √n = 100
  for (const total of [sum(a), sum(b), dot(a, b)]) {
    expect(Math.abs(total.dataSync()[0] as number)).toBeLessThan(400);
  }
});

test('nothing leaks', () => {
  const { numTensors } = tf.memory();
  rademacher([4], 0).dispose();
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('the signs of a seed are the same on every backend, by a loop and by operations', () => {
  expect(Array.from(rademacher([12], 3).dataSync())).toEqual([
    -1, -1, -1, 1, -1, -1, -1, 1, 1, 1, -1, -1,
  ]);
});

test('a random seed is an integer that tfjs takes, another one each time', () => {
  const seeds = Array.from({ length: 100 }, randomSeed);
  expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)).toBe(true);
  expect(new Set(seeds).size).toBeGreaterThan(95);
  expect(Math.max(...seeds)).toBeGreaterThan(2 ** 24); // of the whole range
});
