import * as tf from '@tensorflow/tfjs-core';
import { nger, ngerLoss, ngerWeights } from '@toploss/nger';
import { expectClose, type GoldenTensor, golden, tensorOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

interface Case {
  name: string;
  losses: GoldenTensor;
  floors: GoldenTensor;
  ntk: GoldenTensor;
  gamma: number;
  eps: number;
  weights: GoldenTensor;
  value: number;
  dLosses: GoldenTensor;
}

const vector = (x: GoldenTensor) => tensorOf<tf.Rank.R1>(x);

describe('one step', async () => {
  const cases = await golden<Case>('nger');
  test('there are 16', () => expect(cases).toHaveLength(16));

  test.each(cases)('$name', ({ gamma, eps, weights, value, dLosses, ...given }) => {
    const [losses, floors, ntk] = [given.losses, given.floors, given.ntk].map(vector) as [
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    expectClose(ngerWeights(losses, floors, ntk, { gamma, eps }), weights);
    const f = (losses: tf.Tensor1D) => ngerLoss(losses, floors, ntk, { gamma, eps });
    const actual = tf.valueAndGrad(f as (x: tf.Tensor) => tf.Tensor)(losses);
    expectClose(actual.value, value);
    expectClose(actual.grad, dLosses);
  });
});

interface Sequence {
  name: string;
  numTasks: number;
  window: number;
  gamma: number;
  eps: number;
  steps: { losses: GoldenTensor; ntk: GoldenTensor; weights: GoldenTensor; value: number }[];
}

describe('one step after another', async () => {
  const sequences = await golden<Sequence>('nger-sequence');
  test('there are 2', () => expect(sequences).toHaveLength(2));

  test.each(sequences)('$name', ({ numTasks: tasks, window, gamma, eps, steps }) => {
    const weighting = nger({ tasks, window, gamma, eps, floor: 'window-min' });
    for (const { losses, ntk, weights, value } of steps) {
      const inputs = { taskLosses: vector(losses), ntkProxies: vector(ntk) };
      const f = (taskLosses: tf.Tensor) =>
        weighting.loss({ ...inputs, taskLosses: taskLosses as tf.Tensor1D });
      const actual = tf.valueAndGrad(f)(inputs.taskLosses);
      expectClose(actual.value, value);
      expectClose(actual.grad, weights);
      weighting.observe(inputs);
      expectClose(weighting.weights(), weights);
    }
    weighting.dispose();
  });
});
