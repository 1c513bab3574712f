import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { Method } from '../src/methods.js';
import { setsOf } from '../src/problems.js';
import { run, type Setting } from '../src/run.js';

const setting: Setting = {
  problem: { data: 'wine', training: 60, noise: 0.2 },
  widths: [8, 8],
  activation: 'tanh',
  optimizer: 'adam',
  batch: 20,
  epochs: 4,
  method: { name: 'plain' },
  seed: 1,
};
const lossWith = (method: Method) => run({ ...setting, method }).trainingLoss;

test('the sets do not overlap, and a fifth of the training labels is wrong', () => {
  const [noisy, clean] = [0.2, 0].map((noise) => setsOf({ ...setting.problem, noise }, 3));
  const rows = (x: tf.Tensor2D) => (x.arraySync() as number[][]).map((row) => row.join());
  const all = [noisy?.training, noisy?.validation, noisy?.test].flatMap((set) =>
    rows(set?.x as tf.Tensor2D),
  );
  expect(all).toHaveLength(178);
  expect(new Set(all).size).toBe(178);
  const labels = [noisy, clean].map((sets) =>
    Array.from(tf.argMax(sets?.training.y as tf.Tensor, 1).dataSync()),
  );
  expect(labels[0]?.filter((label, k) => label !== labels[1]?.[k])).toHaveLength(12);
});

test('the test set is the same for every seed', () => {
  const [first, second] = [1, 2].map((seed) => setsOf(setting.problem, seed));
  // Standardized by other training sets, so the values differ; the labels tell.
  expect(first?.test.y.dataSync()).toEqual(second?.test.y.dataSync());
});

test('without strength every method is the plain one', () => {
  const plain = lossWith({ name: 'plain' });
  expect(plain).toBeLessThan(Math.log(3));
  for (const method of [
    { name: 'L2', strength: 0 },
    { name: 'SAM', strength: 0 },
    { name: 'SASP network', strength: 0, fraction: 0.5 },
  ] as const) {
    expect(lossWith(method)).toBeCloseTo(plain, 5);
  }
});

test('with it, none is', () => {
  const plain = lossWith({ name: 'plain' });
  for (const method of [
    { name: 'L2', strength: 0.1 },
    { name: 'SAM', strength: 0.5 },
    { name: 'SASP network', strength: 0.2, fraction: 0.5 },
    { name: 'SASP network', strength: 0.2, fraction: 0.5, every: 2, warmUp: 0.5 },
  ] as const) {
    expect(lossWith(method)).toBeGreaterThan(plain);
  }
});

test('the rate that falls learns too', () => {
  const { trainingLoss } = run({ ...setting, optimizer: 'momentum-decay' });
  expect(trainingLoss).toBeLessThan(Math.log(3));
  expect(trainingLoss).not.toBe(run({ ...setting, optimizer: 'momentum' }).trainingLoss);
});

test('the same setting gives the same result, and leaves no tensors behind', () => {
  const given: Setting = {
    ...setting,
    traceEvery: 2,
    method: { name: 'SASP network', strength: 0.1, fraction: 0.25 },
  };
  const before = tf.memory().numTensors;
  const result = run(given);
  expect(tf.memory().numTensors).toBe(before);
  expect(run(given)).toEqual(result);
  expect(result.path.map(({ epoch }) => epoch)).toEqual([2, 4]);
  expect(result.validation.scaledCrossEntropy).toBeLessThanOrEqual(result.validation.crossEntropy);
});
