import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { DataSet } from '../src/data/sets.js';
import { initial } from '../src/settings/table.js';
import { createRace } from '../src/training/race.js';
import { scoresOf, tracesOf } from '../src/training/scores.js';

const settings = { ...initial, width: 4, depth: 1, batch: 8, saspLambda: 0, cvpLambda: 0 };

// Four points; the label of the last one is noise.
const points = Float32Array.of(1, 0, -1, 0, 2, 0, -2, 0);
const data: DataSet = {
  dimension: 2,
  classes: 2,
  training: { inputs: points, labels: [0, 1, 0, 0], truth: [0, 1, 0, 1] },
  test: { inputs: points, labels: [0, 1, 0, 1], truth: [0, 1, 0, 1] },
};

/** The first network gets W = 0, and the bias b in its last layer. */
function withBias(b: [number, number]) {
  const race = createRace(data, settings);
  const { params } = race.arms[0].network;
  for (const [k, param] of params.entries()) {
    param.assign(k < params.length - 1 ? tf.zerosLike(param) : tf.tensor1d(b));
  }
  return race;
}

test('a network that always says class 0', async () => {
  const race = withBias([3, 0]);
  const [plain] = await scoresOf(race);
  // ℓ = log(1 + e⁻³) = .04859 for class 0, 3.04859 for class 1.
  expect(plain.trainingLoss).toBeCloseTo((3 * 0.04859 + 3.04859) / 4, 4);
  expect(plain.testLoss).toBeCloseTo((2 * 0.04859 + 2 * 3.04859) / 4, 4);
  expect(plain.accuracy).toBe(0.5); // right on two of the four test points
  expect(plain.memorized).toBe(1); // and the one noisy label, as given
  expect(plain.norm).toBeCloseTo(3, 5);
  race.dispose();
});

test('a network that always says class 1 has memorized no label noise', async () => {
  const race = withBias([0, 3]);
  const [plain] = await scoresOf(race);
  expect([plain.accuracy, plain.memorized]).toEqual([0.5, 0]);
  race.dispose();
});

test('without label noise there is nothing to memorize', async () => {
  const clean = { ...data, training: data.test };
  const race = createRace(clean, settings);
  const [plain] = await scoresOf(race);
  expect(plain.memorized).toBeNaN();
  race.dispose();
});

test('the trace of the Hessian where only the biases of the last layer matter', async () => {
  // With W = 0 and tanh(0) = 0 the Hessian by the last biases is diag p − ppᵀ, of trace 1 − ‖p‖² = ½ at b = 0.
  // The gradient by the other weights vanishes and so does its trace: every second derivative has a factor 0.
  const race = withBias([0, 0]);
  const [plain] = await tracesOf(race, 64);
  expect(plain).toBeCloseTo(0.5, 1);
  race.dispose();
});

test('measuring moves no weight and leaves no tensor behind', async () => {
  const race = withBias([1, 0]);
  const read = () => race.arms[0].network.params.flatMap((param) => [...param.dataSync()]);
  const [weights, tensors] = [read(), tf.memory().numTensors];
  await scoresOf(race);
  await tracesOf(race, 2);
  expect(read()).toEqual(weights);
  expect(tf.memory().numTensors).toBe(tensors);
  race.dispose();
});
