import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { CHOSEN } from '../src/chosen.js';
import { readDigits } from '../src/data.js';
import { type Arm, runExperiment } from '../src/experiment.js';
import { scoreOf } from '../src/metrics.js';
import { penalizedStep, plainStep } from '../src/training-step.js';

const digits = readDigits();

function crossEntropies(arms: Arm[], epochs: number): number[][] {
  const perEpoch: number[][] = [];
  runExperiment({
    digits,
    seed: 1,
    epochs,
    arms,
    observe: (_, networks, { training }) => {
      perEpoch.push(networks.map((network) => scoreOf(network, training).crossEntropy));
    },
  });
  return perEpoch;
}

test('both arms improve the training loss, and leave no tensors behind', () => {
  const before = tf.memory().numTensors;
  const [first, second] = crossEntropies([plainStep, (n) => penalizedStep(n, CHOSEN)], 2);
  expect(second?.[0]).toBeLessThan(first?.[0] as number);
  expect(second?.[1]).toBeLessThan(first?.[1] as number);
  expect(tf.memory().numTensors).toBe(before);
});

test('with both weights at zero, the penalized step is the plain one', () => {
  const zero: Arm = (network) =>
    penalizedStep(network, {
      sasp: { lambda: 0, curvature: 'hessian' },
      cvp: { lambda: 0, decoupled: false },
    });
  const [[plain, penalized] = []] = crossEntropies([plainStep, zero], 1);
  expect(penalized).toBeCloseTo(plain as number, 6);
});
