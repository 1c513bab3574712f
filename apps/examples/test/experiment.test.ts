import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { samStep } from '../src/baselines.js';
import { SAM, SASP } from '../src/chosen.js';
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

test('every arm improves the training loss, and leaves no tensors behind', () => {
  const before = tf.memory().numTensors;
  const arms: Arm[] = [
    (network) => samStep(network, SAM),
    (network) => penalizedStep(network, { sasp: { lambda: 0.3, curvature: 'hessian' } }),
    (network) => penalizedStep(network, { saspNetwork: SASP }),
  ];
  const [first, second] = crossEntropies([plainStep, ...arms], 2);
  for (const [k, loss] of (first as number[]).entries()) {
    expect(second?.[k]).toBeLessThan(loss);
  }
  expect(tf.memory().numTensors).toBe(before);
});

test('with every weight at zero, the penalized step is the plain one', () => {
  const zero: Arm = (network) =>
    penalizedStep(network, {
      sasp: { lambda: 0, curvature: 'hessian' },
      saspNetwork: { lambda: 0, fraction: 0.25 },
    });
  const [[plain, penalized] = []] = crossEntropies([plainStep, zero], 1);
  expect(penalized).toBeCloseTo(plain as number, 6);
});
